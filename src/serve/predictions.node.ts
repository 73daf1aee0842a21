import { UserError } from '../core/errors.ts';
import { imageSize } from '../data/decode/size.node.ts';
import type { Sample } from '../data/folders/sample.ts';
import { type Labelling, type LabelMap, planesOf } from '../data/masks/labelling.ts';
import type { Prediction } from '../runs/prediction.ts';

/**
 * A prediction as labels of the folder's classes, at the image's own size.
 *
 * @throws UserError for one of other classes
 */
export async function labelsOfPrediction(
  { mask, masks = mask ? [mask] : [] }: Prediction,
  { image, stem }: Sample,
  labelling: Labelling,
): Promise<LabelMap> {
  const { width, height } = await imageSize(image);
  const planes = planesOf(labelling);
  if (masks.length !== planes || masks.some((each) => each.width !== width || each.height !== height)) {
    throw new UserError({
      what: `prediction of ${stem}`,
      got: `masks of ${masks.length} planes`,
      expected: `${planes}, as the masks of this folder have`,
      fix: 'train anew',
    });
  }
  const labelOf = labelsOfValues(labelling);
  const data = new Uint8Array(planes * width * height);
  for (const [k, each] of masks.entries())
    for (let i = 0; i < each.data.length; i++) data[k * width * height + i] = labelOf(each.data[i]);
  return { width, height, planes, data };
}

/** Predictions of one class are 0 and 255, of several their numbers. */
function labelsOfValues({ classes, multilabel }: Labelling): (value: number) => number {
  if (multilabel || classes.length === 2) return (value) => Number(value > 0 && value !== classes[0].number);
  const labels = new Map(classes.map(({ number }, label) => [number, label]));
  return (value) => labels.get(value) ?? 0;
}
