import { type Palette, rgbOf } from '../annotations/png.ts';
import { BACKGROUND, type Painting, UNKNOWN } from './painting.ts';

/** What a pixel of a prediction is beside the truth. */
const KINDS = ['found', 'missed', 'invented', 'confused'] as const;
export type ErrorKind = (typeof KINDS)[number];

/**
 * How they are shown, by their labels in the plane that `errorsOf` gives. The colours are told apart by people who are colour-blind, too.
 */
export const ERROR_KINDS: readonly {
  readonly kind: ErrorKind;
  readonly label: number;
  readonly title: string;
  readonly colour: string;
}[] = [
  { kind: 'found', label: 1, title: 'found', colour: '#00b050' },
  { kind: 'missed', label: 2, title: 'missed', colour: '#f0e442' },
  { kind: 'invented', label: 3, title: 'invented', colour: '#8c6bff' },
  { kind: 'confused', label: 4, title: 'another class', colour: '#cc79a7' },
];

/** How many pixels are of each kind. */
export type ErrorCounts = Readonly<Record<ErrorKind, number>>;

/**
 * Compares a prediction with the truth, pixel by pixel: what of the truth is found and missed, what is invented, and what is both missed and invented, as it is of
 * another class. Where classes overlap, a pixel with any error counts as one. Of pixels of which nothing is known there is nothing to say.
 *
 * @param predicted of the same size and as many planes
 * @returns one plane, with the labels of `ERROR_KINDS`
 */
export function errorsOf(
  truth: Painting,
  predicted: Pick<Painting, 'planes'>,
): { readonly painting: Painting; readonly counts: ErrorCounts } {
  const { width, height } = truth;
  const plane = new Uint8Array(width * height);
  const counts = new Array<number>(FLAGS.length).fill(0);
  const [found, missed, invented] = [1, 2, 4];
  for (const [k, actual] of truth.planes.entries()) {
    const marked = predicted.planes[k];
    for (let i = 0; i < plane.length; i++) {
      const [t, p] = [actual[i], marked[i]];
      if (t === UNKNOWN || (t === BACKGROUND && p === BACKGROUND)) continue;
      if (t === p) plane[i] |= found;
      else plane[i] |= (t === BACKGROUND ? 0 : missed) | (p === BACKGROUND ? 0 : invented);
    }
  }
  for (let i = 0; i < plane.length; i++) {
    plane[i] = FLAGS[plane[i]];
    counts[plane[i]]++;
  }
  const named = ERROR_KINDS.map(({ kind, label }) => [kind, counts[label]]);
  return {
    painting: { width, height, planes: [plane] },
    counts: Object.fromEntries(named) as unknown as ErrorCounts,
  };
}

/** The label of what is found (1), missed (2) and invented (4), together. */
const FLAGS = [0, 1, 2, 2, 3, 3, 4, 4] as const;

/** The colours of these labels, as an overlay takes them. */
export const ERROR_COLOURS: Palette = Array.from({ length: 256 }, (_, k) =>
  rgbOf(ERROR_KINDS.find(({ label }) => label === k)?.colour ?? '#000000'),
);
