import type { AuditResult, PathResult, SwapResult } from '../records/audit-result.ts';
import { skipsOf } from './paths.ts';

/** The figures of an audit that are shown beside those of other networks: those that do not depend on its paths. */
export const FIGURES = [
  'quality',
  'explained',
  'leak',
  'depth_alone',
  'skip_silent',
  'skill',
  'copied',
  'over_readout',
  'noise',
  'shuffled',
  'inverted',
  'chart',
  'half_radius',
  'bottleneck_swapped',
  'skips_swapped',
] as const;
export type FigureName = (typeof FIGURES)[number];

/** By name; null where a figure was not measured, or has no meaning for these images. */
export type Figures = Readonly<{ quality: number } & Record<Exclude<FigureName, 'quality'>, number | null>>;

/** A path and its share, as shown beside those of other networks. */
export type PathShare = Pick<PathResult, 'name' | 'stride' | 'shapley'>;

/** A mean of equal targets differs from them by less. */
const ROUNDING = 1e-12;

/**
 * - `quality`: PSNR of the whole network in dB, of a segmentation its mean Dice.
 * - `explained`: 1 - MSE / MSE of the mean target; below 0 the network is worse than a constant. Null where targets do not differ, as are
 *   `depth_alone` and `skip_silent`.
 * - `leak`: the skips' Shapley shares together.
 * - `depth_alone`: what the bottleneck alone explains, skips at zero or at their means, whichever is more.
 * - `skip_silent`: what is explained with that skip at zero without which it is least; null where there is no skip.
 * - `skill`: 1 - MSE(output) / MSE(input) of degraded inputs.
 * - `copied`: of the change of a pixel in the input, the part that is found in the output.
 * - `over_readout`: PSNR of the network over that of the linear read-out of the first skip, dB.
 * - `noise` .. `chart`: PSNR of sets that are unlike the images, dB.
 * - `half_radius`: of half of the input gradient's mass, pixels; null where the encoder is a model of its own.
 * - `bottleneck_swapped`, `skips_swapped`: with those of another image, the distance to one's own image as a part of the
 *   distances to both: 0 = shows its own, 1 = the other.
 */
export function figuresOf(
  result: Omit<AuditResult, 'verdict' | 'weights' | 'levels'>,
  leak: number | null,
): Figures {
  const { reference, mean_target: floor, paths, depth_alone: alone, skill, swap } = result;
  const { blind_spot: blindSpot, linear_readout: readOut, receptive_field: field } = result;
  const skips = skipsOf(paths);
  const explained = (mse: number) => (floor.mse < ROUNDING ? null : 1 - mse / floor.mse);
  const foreign = (wanted: string) => result.out_of_domain.find(({ set }) => set === wanted)?.psnr ?? null;
  return {
    quality: 'psnr' in reference ? reference.psnr : reference.dice,
    explained: explained(reference.mse),
    leak,
    depth_alone: explained(Math.min(alone.zero.mse, alone.mean.mse)),
    skip_silent: skips.length > 0 ? explained(Math.max(...skips.map(({ zero }) => zero.mse))) : null,
    skill,
    copied: blindSpot?.copied ?? null,
    over_readout: readOut ? readOut.network_psnr - readOut.psnr : null,
    noise: foreign('noise'),
    shuffled: foreign('shuffled'),
    inverted: foreign('inverted'),
    chart: foreign('chart'),
    half_radius: field?.half ?? null,
    bottleneck_swapped: swap && ownPart(swap),
    skips_swapped: swap && ownPart(swap.skips),
  };
}

const ownPart = ({ to_host_mse: own, to_donor_mse: other }: SwapResult) => own / (own + other);
