import { THRESHOLD } from '../eval/overlap.ts';
import type { PseudoTargets } from './objective.ts';

/** Where the channels of pixel i of the weights [B, 1, H, W] lie in a tensor [B, channels, H, W]: at first, first + area, .. */
function places(weights: number, channels: number, images: number) {
  const area = weights / images;
  return { area, first: (i: number) => Math.floor(i / area) * channels * area + (i % area) };
}

/**
 * Of classes that have a probability each: the nearer label. A pixel counts where each class's probability, or that of its
 * absence, reaches the threshold.
 */
export const sureLabels = (channels: number): PseudoTargets => ({
  of: (probabilities, threshold, images = 1) => {
    const target = probabilities.map((p) => (p >= THRESHOLD ? 1 : 0));
    const weight = new Float32Array(probabilities.length / channels).fill(1);
    const { area, first } = places(weight.length, channels, images);
    for (let i = 0; i < weight.length; i++)
      for (let c = 0, o = first(i); c < channels; c++, o += area) {
        const p = probabilities[o];
        if (p < threshold && 1 - p < threshold) weight[i] = 0;
      }
    return { target, weight };
  },
  agreement: (logits, target, weight, images = 1) => {
    const { area, first } = places(weight.length, channels, images);
    return shareAlike(weight, (i) => {
      for (let c = 0, o = first(i); c < channels; c++, o += area)
        if (logits[o] >= 0 !== target[o] > 0) return false;
      return true;
    });
  },
});

/** Of classes of which each pixel has one: the likeliest, which counts where its probability reaches the threshold. */
export const sureClasses = (channels: number): PseudoTargets => ({
  of: (probabilities, threshold, images = 1) => {
    const target = new Float32Array(probabilities.length);
    const weight = new Float32Array(probabilities.length / channels);
    const { area, first } = places(weight.length, channels, images);
    for (let i = 0; i < weight.length; i++) {
      const o = first(i) + area * largest(probabilities, first(i), channels, area);
      target[o] = 1;
      weight[i] = probabilities[o] >= threshold ? 1 : 0;
    }
    return { target, weight };
  },
  agreement: (logits, target, weight, images = 1) => {
    const { area, first } = places(weight.length, channels, images);
    return shareAlike(weight, (i) => target[first(i) + area * largest(logits, first(i), channels, area)] > 0);
  },
});

/** The channel with the largest value, of equal ones the first. */
function largest(values: Float32Array, first: number, channels: number, area: number): number {
  let best = 0;
  for (let c = 1; c < channels; c++) if (values[first + c * area] > values[first + best * area]) best = c;
  return best;
}

/** Of the pixels that count the share that is alike; NaN if none counts. */
function shareAlike(weight: Float32Array, alike: (i: number) => boolean): number {
  let [counted, same] = [0, 0];
  for (let i = 0; i < weight.length; i++) {
    if (weight[i] === 0) continue;
    counted++;
    if (alike(i)) same++;
  }
  return same / counted;
}
