import { type Labelling, type LabelMap, onlyClass } from '../data/masks/labelling.ts';
import { type MaskRule, maskOf } from '../eval/mask-rule.ts';
import { maskAt, scoresAt } from '../eval/native.ts';
import { MASK_HEAD } from '../nn/head.ts';
import { type Marking, withoutUnknown } from './marking.ts';
import { maskPicture } from './pictures.ts';
import { sureLabels } from './pseudo-masks.ts';

/** One class: its probability, and a mask where the rule says so. */
export function markOne(labelling: Labelling, rule: MaskRule): Marking {
  const picture = maskPicture(labelling);
  const { name } = onlyClass(labelling)!;
  return {
    head: MASK_HEAD,
    channels: [0],
    target: withoutUnknown,
    marked: (output, size) => [maskOf(output, size, rule)],
    actual: (target) => [Uint8Array.from(target)],
    scoresAt: (output, size, truth: LabelMap) => ({ native: scoresAt(output, size, truth, rule) }),
    pseudo: sureLabels(1),
    masksAt: (output, size, native) => [
      { name, mask: maskAt(output, size, native, 1, rule), probabilities: output },
    ],
    masksOf: ({ data }) => [data.map((label) => (label === 1 ? 1 : 0))],
    pictures: (output, size, native) => [picture(maskAt(output, size, native, 1, rule))],
  };
}
