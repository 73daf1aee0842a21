import { mean } from '../../core/mean.ts';
import type { RandomStream } from '../../core/random.ts';
import type { Ablation } from '../ablation.node.ts';
import { type Conditions, keyOf } from '../conditions.ts';
import { skipsOf } from '../paths.ts';
import { bootstrapInterval } from './bootstrap.ts';
import { LEAST_FALL, shapleyShares, shapleyValues } from './shapley.ts';

/** What each path contributes. */
export interface Shares {
  /** In the order of the paths, or undefined where the error does not fall. */
  readonly paths: readonly number[] | undefined;
  /** Sum of the skips' shares. */
  readonly leak: number | undefined;
  /** 95 % interval of `leak` over images. */
  readonly interval: readonly [number, number] | undefined;
}

/**
 * Exact Shapley shares of the paths in the fall of the mean squared error, from all paths at their means to the whole
 * network.
 */
export function sharesOf(ablation: Ablation, { coalitions }: Conditions, stream: RandomStream): Shares {
  const errors = coalitions.map((condition) => ablation.get(keyOf(condition))!.mse);
  const paths = shapleyShares(errors.map((each) => mean([...each])));
  if (!paths) return { paths: undefined, leak: undefined, interval: undefined };
  // Shapley values are linear in the errors, so those of a sample of images are sums over it.
  const count = errors[0].length;
  const falls = Float64Array.from(errors[0], (nothing, image) => nothing - errors[errors.length - 1][image]);
  const leaks = Float64Array.from({ length: count }, (_, image) => {
    const gains = shapleyValues(errors.map((each) => -each[image]));
    return skipsOf(gains).reduce((sum, gain) => sum + gain, 0);
  });
  const interval = bootstrapInterval(
    count,
    (sample) => {
      let [leak, fall] = [0, 0];
      for (const image of sample) {
        leak += leaks[image];
        fall += falls[image];
      }
      return Math.abs(fall) < LEAST_FALL * count ? undefined : leak / fall;
    },
    stream,
  );
  return { paths, leak: skipsOf(paths).reduce((sum, share) => sum + share, 0), interval };
}
