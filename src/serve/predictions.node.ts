import { UserError } from '../core/errors.ts';
import { imageSize } from '../data/decode/size.node.ts';
import type { Sample } from '../data/folders/sample.ts';
import {
  foreground,
  type Labelling,
  type LabelMap,
  type MaskClass,
  onlyClass,
  planesOf,
} from '../data/masks/labelling.ts';
import type { Prediction } from '../runs/prediction.ts';

/**
 * A prediction as labels of the folder's classes, at the image's own size. Classes of the folder that the network does not know are marked
 * nowhere.
 *
 * @throws UserError for masks of another size or number than the network's classes have
 */
export async function labelsOfPrediction(
  { mask, masks = mask ? [mask] : [] }: Prediction,
  { image, stem }: Sample,
  { of, folder, places }: ClassMatch,
): Promise<LabelMap> {
  const { width, height } = await imageSize(image);
  if (masks.length !== planesOf(of) || masks.some((each) => each.width !== width || each.height !== height)) {
    throw new UserError({
      what: `prediction of ${stem}`,
      got: `masks of ${masks.length} planes`,
      expected: `${planesOf(of)} of ${width} x ${height} pixels`,
      fix: 'train anew',
    });
  }
  const area = width * height;
  const planes = planesOf(folder);
  const data = new Uint8Array(planes * area);
  for (const [k, { data: values }] of masks.entries()) {
    const placeOf = (value: number) => places[labelIn(value, k, of)];
    const known = new Map([...new Set(values)].map((value) => [value, placeOf(value)]));
    for (let i = 0; i < area; i++) {
      const place = known.get(values[i]);
      if (place === undefined) continue;
      if (folder.multilabel) data[place * area + i] = 1;
      else data[i] = place;
    }
  }
  return { width, height, planes, data };
}

/** The class of a value of the k-th mask; -1 of none. Predictions of one class are 0 and 255, of several their numbers. */
function labelIn(value: number, k: number, { classes, multilabel }: Labelling): number {
  if (multilabel) return value > 0 ? k : -1;
  if (classes.length === 2) return Number(value > 0 && value !== classes[0].number);
  return classes.findIndex(({ number }) => number === value);
}

/** Which classes of a data folder those of a network are. */
export interface ClassMatch {
  /** What the masks mean that the network makes. */
  readonly of: Labelling;
  readonly folder: Labelling;
  /** For each class of the network its place among those of the folder; undefined of the background where that is no class. */
  readonly places: readonly (number | undefined)[];
}

/**
 * Classes are the same by their names. A class that nobody has named is that of its number, where masks hold numbers of classes, or the only one;
 * but none that the other side has by its name.
 *
 * @throws UserError for a network of classes that the folder does not have
 */
export function matchClasses(of: Labelling, folder: Labelling): ClassMatch {
  const alone = onlyClass(of) && onlyClass(folder);
  const numbered =
    of.multilabel === folder.multilabel && [of, folder].every(({ maskValues }) => maskValues === 'classes');
  const [own, there] = [of, folder].map(({ classes }) => new Set(classes.map(({ name }) => name)));
  const isSame = (one: MaskClass, other: MaskClass) => {
    if (own.has(other.name) || there.has(one.name)) return one.name === other.name;
    if (![one, other].some(isUnnamed)) return false;
    return alone !== undefined || (numbered && one.number === other.number);
  };
  const places = of.classes.map((one) => {
    const place = folder.classes.findIndex((other) => isSame(one, other));
    return place < 0 ? undefined : place;
  });
  const needed = folder.multilabel ? foreground(of) : of.classes;
  const missing = needed.some((one) => places[of.classes.indexOf(one)] === undefined);
  const overlapping = of.multilabel && of.classes.length > 1 && !folder.multilabel;
  if (!missing && !overlapping) return { of, folder, places };
  const named = (labelling: Labelling) =>
    `${foreground(labelling)
      .map(({ name }) => name)
      .join(', ')}${overlapping && labelling.multilabel ? ', which may overlap' : ''}`;
  throw new UserError({
    what: 'prediction',
    got: `a network of the classes ${named(of)}`,
    expected: `those of this folder: ${named(folder)}`,
    fix: 'train anew, or name the classes as there',
  });
}

/** Whether a class has the name that it has where nobody gives one. */
const isUnnamed = ({ name }: MaskClass) => /^(background|object|class \d+)$/.test(name);
