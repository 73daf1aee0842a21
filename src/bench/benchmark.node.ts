import { UserError } from '../core/errors.ts';
import type { Listener } from '../core/events.ts';
import { chosenDevice } from '../runtime/choose-device.node.ts';
import { parseSettings } from '../settings/parse.ts';
import { comparisonOf } from './compare.node.ts';
import type { Comparison } from './comparison.ts';
import { consistencyTime } from './consistency.node.ts';
import { measuredProfile } from './profile.node.ts';
import type { Profile } from './profile.ts';
import { type BenchmarkOptions, benchmarkSchema } from './settings.ts';
import { type Timing, timingOf } from './timing.node.ts';
import { workloadOf } from './workload.node.ts';

/** What was timed, the times, and what else was asked for. */
export interface Benchmark extends Timing {
  /** A step that also learns from as many plain images: the teacher's marks, and the step on both; in ms. */
  readonly consistency_step_ms?: number;
  readonly profile?: Profile;
  /** The times beside it are then the medians of its rounds. */
  readonly compare?: Comparison;
}

/**
 * Times the graphs that training and prediction run, on random images and masks, in the engine that they run in: binary
 * cross-entropy, Adam. Loading and augmenting images is no part of it.
 *
 * @throws UserError for settings or an encoder that cannot be used, or a peer that is not installed
 */
export async function benchmark(options: BenchmarkOptions = {}, context: Listener = {}): Promise<Benchmark> {
  const given = parseSettings(benchmarkSchema, options);
  if (given.compare && given.device !== 'cpu') {
    throw new UserError({
      what: 'compare',
      got: `the device ${given.device}`,
      expected: `cpu, on which ${given.compare} is measured`,
      fix: 'leave out one of --compare and --device',
    });
  }
  const settings = { ...given, device: await chosenDevice(given.device, context) };
  const workload = await workloadOf(settings, context);
  const timing = settings.compare
    ? await comparisonOf(settings, context)
    : await timingOf(workload, settings);
  const consistency = settings.consistency && {
    consistency_step_ms: await consistencyTime(workload, settings),
  };
  return {
    ...timing,
    ...consistency,
    ...(settings.profile && { profile: await measuredProfile(workload, settings) }),
  };
}
