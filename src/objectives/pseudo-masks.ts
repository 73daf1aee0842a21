import { THRESHOLD } from '../eval/overlap.ts';
import type { PseudoTargets } from './objective.ts';

/** Of probabilities of one class: the nearer label, which counts where the probability of it reaches the threshold. */
export const pseudoMasks: PseudoTargets = {
  of: (probabilities, threshold) => {
    const target = new Float32Array(probabilities.length);
    const weight = new Float32Array(probabilities.length);
    for (const [i, p] of probabilities.entries()) {
      target[i] = p >= THRESHOLD ? 1 : 0;
      weight[i] = p >= threshold || 1 - p >= threshold ? 1 : 0;
    }
    return { target, weight };
  },
  agreement: (logits, target, weight) => {
    let [counted, same] = [0, 0];
    for (let i = 0; i < logits.length; i++) {
      if (weight[i] === 0) continue;
      counted++;
      if (logits[i] >= 0 === target[i] > 0) same++;
    }
    return same / counted;
  },
};
