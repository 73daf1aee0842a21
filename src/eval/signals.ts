import { overlap } from './overlap.ts';

/** A class as a network marks it in an image. */
export interface Marked {
  /** 1 inside, 0 outside. */
  readonly mask: Uint8Array;
  /** Of the same pixels. */
  readonly probabilities: Float32Array;
}

/** What a prediction says of itself, without its truth: each is 0..1, or 0 or 1. */
export interface Signals {
  /** The Dice that the probabilities themselves promise: 2 sum p m / (sum p + sum m) of mask m. */
  readonly soft_dice: number;
  /** The mean Dice of the masks of single views (flips) with the mask of their mean. */
  readonly view_dice: number;
  /** How much of the mask is unsure: u / (u + area), u the sum of 4 p (1 - p). */
  readonly unsure: number;
  /** 1 if nothing is marked, else 0. */
  readonly empty: number;
}

export const SIGNAL_NAMES = [
  'soft_dice',
  'view_dice',
  'unsure',
  'empty',
] as const satisfies readonly (keyof Signals)[];

/**
 * @param marked by class: what is made of the mean over views
 * @param views of each view, in the same order of classes, its masks
 * @returns of several classes the mean over those that are marked anywhere, in the mean or a view
 */
export function signalsOf(marked: readonly Marked[], views: readonly (readonly Uint8Array[])[]): Signals {
  const present = marked.flatMap(({ mask, probabilities }, k) => {
    const seen = views.map((masks) => masks[k]);
    return [mask, ...seen].some((each) => each.includes(1)) ? [ofClass(mask, probabilities, seen)] : [];
  });
  if (present.length === 0) return { ...NOTHING, unsure: unsureOf(marked) };
  const meanOf = (name: keyof Signals) => present.reduce((sum, each) => sum + each[name], 0) / present.length;
  return {
    soft_dice: meanOf('soft_dice'),
    view_dice: meanOf('view_dice'),
    unsure: meanOf('unsure'),
    empty: marked.some(({ mask }) => mask.includes(1)) ? 0 : 1,
  };
}

/** All agree that there is nothing. */
const NOTHING = { soft_dice: 0, view_dice: 1, empty: 1 };

function ofClass(mask: Uint8Array, probabilities: Float32Array, views: readonly Uint8Array[]): Signals {
  let [both, likely, area, unsure] = [0, 0, 0, 0];
  for (let i = 0; i < mask.length; i++) {
    const p = probabilities[i];
    both += p * mask[i];
    likely += p;
    area += mask[i];
    unsure += 4 * p * (1 - p);
  }
  const agreed = views.reduce((sum, view) => sum + overlap(view, mask).dice, 0) / views.length;
  return {
    soft_dice: (2 * both) / (likely + area),
    view_dice: agreed,
    unsure: unsure / (unsure + area),
    empty: 0,
  };
}

/** Where nothing is marked: how much is nearly so, as a share of all pixels. */
function unsureOf(marked: readonly Marked[]): number {
  const shares = marked.map(
    ({ probabilities }) => probabilities.reduce((sum, p) => sum + 4 * p * (1 - p), 0) / probabilities.length,
  );
  return shares.reduce((sum, share) => sum + share, 0) / marked.length;
}
