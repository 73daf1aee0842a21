import type { Labelling } from '../data/masks/labelling.ts';
import { meanOverClasses, overlappingScoresAt } from '../eval/class-scores.ts';
import { type MaskRule, maskOf } from '../eval/mask-rule.ts';
import { maskAt } from '../eval/native.ts';
import { type Marking, withoutUnknown } from './marking.ts';
import { maskPicture } from './pictures.ts';
import { sureLabels } from './pseudo-masks.ts';

/** Classes that may overlap: each has a probability, and a mask where the rule says so. */
export function markOverlapping(labelling: Labelling, rule: MaskRule): Marking {
  const { classes } = labelling;
  const planes = (values: Float32Array, area: number) =>
    classes.map((_, k) => values.subarray(k * area, (k + 1) * area));
  const picture = maskPicture(labelling);
  const masksAt: Marking['masksAt'] = (output, size, native) =>
    planes(output, size.height * size.width).map((probabilities, k) => ({
      ...{ name: classes[k].name, probabilities },
      mask: maskAt(probabilities, size, native, 1, rule),
    }));
  return {
    head: { channels: classes.length, activation: 'sigmoid' },
    channels: [...classes.keys()],
    target: withoutUnknown,
    marked: (output, size) =>
      planes(output, size.height * size.width).map((plane) => maskOf(plane, size, rule)),
    actual: (target, area) => planes(target, area).map((plane) => Uint8Array.from(plane)),
    scoresAt: (output, size, truth) => {
      const measured = overlappingScoresAt(output, size, truth, rule);
      return { native: meanOverClasses(measured.each), classes: measured };
    },
    pseudo: sureLabels(classes.length),
    masksAt,
    masksOf: ({ data, height, width }) =>
      classes.map((_, k) =>
        data.subarray(k * height * width, (k + 1) * height * width).map((label) => (label === 1 ? 1 : 0)),
      ),
    pictures: (...at) => masksAt(...at).map(({ name, mask }) => ({ ...picture(mask), name })),
  };
}
