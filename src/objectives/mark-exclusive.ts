import type { Size } from '../core/size.ts';
import { foreground, type Labelling } from '../data/masks/labelling.ts';
import { classesAt, largestChannel } from '../eval/class-map.ts';
import { cleanClasses } from '../eval/class-parts.ts';
import { exclusiveScoresAt, meanOverClasses } from '../eval/class-scores.ts';
import type { MaskRule } from '../eval/mask-rule.ts';
import type { Marking } from './marking.ts';
import { labelPicture } from './pictures.ts';
import { sureClasses } from './pseudo-masks.ts';

/** Several classes of which each pixel has one: the probabilities of all of them, and the largest decides; the rule says which holes and parts go. */
export function markExclusive(labelling: Labelling, rule: MaskRule): Marking {
  const { classes } = labelling;
  const channels = classes.length;
  const scored = foreground(labelling).map((each) => classes.indexOf(each));
  const of = (labels: Uint8Array) => scored.map((c) => labels.map((label) => (label === c ? 1 : 0)));
  const picture = labelPicture(labelling);
  const background = [...classes.keys()].find((c) => !scored.includes(c));
  const cleaned = (labels: Uint8Array, size: Size) => {
    cleanClasses(labels, size, rule, background);
    return labels;
  };
  const labelsAt = (output: Float32Array, size: Size, native: Size) =>
    cleaned(classesAt(output, size, native), native);
  return {
    head: { channels, activation: 'softmax' },
    channels: scored,
    target: (mask, area) => oneHot(mask, channels, area),
    marked: (output, size) => of(cleaned(largestChannel(output, size.height * size.width), size)),
    actual: (target, area) => scored.map((c) => Uint8Array.from(target.subarray(c * area, (c + 1) * area))),
    scoresAt: (output, size, truth) => {
      const measured = exclusiveScoresAt(output, size, truth, { scored, background, rule });
      return { native: meanOverClasses(measured.each), classes: measured };
    },
    pseudo: sureClasses(channels),
    masksAt: (output, size, native) => {
      const area = size.height * size.width;
      return of(labelsAt(output, size, native)).map((mask, k) => ({
        ...{ name: classes[scored[k]].name, mask },
        probabilities: output.subarray(scored[k] * area, (scored[k] + 1) * area),
      }));
    },
    masksOf: ({ data }) => of(data),
    pictures: (output, size, native) => [picture(labelsAt(output, size, native))],
  };
}

/** Labels [B, 1, H, W] as [B, channels, H, W] of 0 and 1; all 0 where a label is none of the channels. */
function oneHot(labels: Float32Array, channels: number, area: number): Float32Array<ArrayBuffer> {
  const target = new Float32Array(labels.length * channels);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (label < channels) target[(Math.floor(i / area) * channels + label) * area + (i % area)] = 1;
  }
  return target;
}
