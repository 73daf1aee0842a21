/** A class of pixels. */
export interface MaskClass {
  /** What stands for it in masks; of a class that has a folder of masks, its place among them. */
  readonly number: number;
  readonly name: string;
  /** `#rrggbb`. */
  readonly colour: string;
}

/**
 * How the values of masks are read: pixels above half of the range are the object, all above 0 are, values are numbers
 * of classes, or colours of classes.
 */
export const MASK_VALUES = ['light', 'nonzero', 'classes', 'colours'] as const;
export type MaskValues = (typeof MASK_VALUES)[number];

/** What the masks of a data set mean, one rule for all of them. */
export interface Labelling {
  readonly maskValues: MaskValues;
  /** At least two, or overlapping ones. The place in this list is the label in a `LabelMap`. */
  readonly classes: readonly MaskClass[];
  /** Values, or colours as `#rrggbb`, of pixels of which nothing is known. */
  readonly ignore: readonly (number | string)[];
  /** Whether a pixel may be of several classes: then each class has a mask of its own, and there is no background. */
  readonly multilabel: boolean;
}

/** What is of no class. */
export const BACKGROUND = 'background';

/** A name of a class in one spelling: others call the background `_background_` or `Background`. */
export const plainName = (name: string): string => (/^_*background_*$/i.test(name) ? BACKGROUND : name);

/** The label of pixels of which nothing is known. */
export const UNKNOWN = 255;

/** As many as labels can tell apart beside `UNKNOWN`. */
export const MOST_CLASSES = 255;

/** Masks of one thing that has no name: black is background, white is the object. */
export const ONE_OBJECT: Labelling = {
  maskValues: 'light',
  classes: [
    { number: 0, name: BACKGROUND, colour: '#000000' },
    { number: 255, name: 'object', colour: '#ffffff' },
  ],
  ignore: [],
  multilabel: false,
};

/** The classes that are of interest: all but the background. */
export function foreground({ classes }: Pick<Labelling, 'classes'>): readonly MaskClass[] {
  return classes.filter(({ name }) => name !== BACKGROUND);
}

/** The class of a set with one class beside the background, which needs one probability only; undefined of others. */
export function onlyClass({
  classes,
  multilabel,
}: Pick<Labelling, 'classes' | 'multilabel'>): MaskClass | undefined {
  return !multilabel && classes.length === 2 && classes[0].name === BACKGROUND ? classes[1] : undefined;
}

/** The labels of pixels. */
export interface LabelMap {
  readonly width: number;
  readonly height: number;
  /** 1; of classes that overlap as many as there are. */
  readonly planes: number;
  /**
   * [planes, height, width]. One plane: each pixel's label, or `UNKNOWN`. Several: for each class 1 where a pixel is of it, 0
   * where not, `UNKNOWN` where that is not known.
   */
  readonly data: Uint8Array;
}

/** How many planes the label maps of a set have. */
export function planesOf({ classes, multilabel }: Pick<Labelling, 'classes' | 'multilabel'>): number {
  return multilabel ? classes.length : 1;
}

/** Colours that are easy to tell apart, also on endoscopic and microscopic images (Okabe and Ito 2008, without black). */
const COLOURS = ['#e69f00', '#56b4e9', '#009e73', '#f0e442', '#0072b2', '#d55e00', '#cc79a7'];

/** A colour for the k-th class that has none; beyond the first few they are mixed with white, then with black. */
export function usualColour(k: number): string {
  const base = COLOURS[k % COLOURS.length];
  const round = Math.floor(k / COLOURS.length);
  if (round === 0) return base;
  const share = 1 / (1 + Math.ceil(round / 2));
  const other = round % 2 === 1 ? 255 : 0;
  const mixed = [1, 3, 5].map((at) => {
    const value = Number.parseInt(base.slice(at, at + 2), 16);
    return Math.round(value * share + other * (1 - share));
  });
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}
