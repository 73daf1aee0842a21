import { UserError } from '../core/errors.ts';
import { SignalWatch, type Watched } from '../eval/signal-watch.ts';
import { type Calibration, type Expected, expecting } from '../expect/expectation.ts';
import { nearest } from '../expect/nearest.ts';
import { RUN } from '../records/entries.ts';
import { readEntry } from '../records/entry.node.ts';
import type { ExpectationRecord } from '../records/run-records.ts';
import { unitsFor } from '../stats/conformal.ts';
import { readKnown } from './known-features.node.ts';
import type { OpenedRuns } from './open-runs.node.ts';
import type { ApplicationSettings } from './settings.ts';

/** What lower bounds rest on. */
export interface ExpectationBasis {
  /** Masks of the training that were held out in turn, or test images. */
  readonly of: 'held_out' | 'test';
  readonly images: number;
  /** The images, or groups of them. */
  readonly units: number;
  /** The probability of the lower bounds. */
  readonly level: number;
}

/** Says of images without truth what to expect of a network's masks. */
export interface Expecter {
  readonly basis: ExpectationBasis;
  /** What sees the network work. */
  watch(): SignalWatch;
  of(watched: Watched): Expected;
}

/**
 * How networks have to be applied for what is expected of them to hold.
 *
 * @throws UserError where nothing was found out yet, or other settings are given
 */
export async function expectedApplication<Settings extends ApplicationSettings & { readonly run: string }>(
  settings: Settings,
): Promise<{ readonly record: ExpectationRecord; readonly settings: Settings }> {
  const { run } = settings;
  const record = await readEntry(run, RUN.expectation);
  if (!record) {
    throw new UserError({
      what: run,
      got: `no ${RUN.expectation.name}`,
      expected: 'what its masks of images without truth are worth, found out by masks that are held out',
      fix: `run: npx fewmask expect ${run}`,
    });
  }
  const views = settings.views ?? record.views;
  const asExpected: readonly (readonly [string, unknown, unknown])[] = [
    ['views', views, record.views],
    ['scales', String(settings.scales), '1'],
    ['mask-threshold', settings.maskThreshold, record.mask_threshold],
    ['fill-holes', settings.fillHoles, 0],
    ['min-area', settings.minArea, 0],
    ['with', settings.with.length, 0],
    ['tile', settings.tile ?? false, false],
  ];
  for (const [name, got, expected] of asExpected) {
    if (got === expected) continue;
    throw new UserError({
      what: `--expect with --${name}`,
      got: String(got),
      expected: `the masks that expectations are of: ${expected}`,
      fix: `leave out --${name}`,
    });
  }
  return { record, settings: { ...settings, views: views as Settings['views'] } };
}

/**
 * Opens what is expected of a run.
 *
 * @param options.level the wanted probability of lower bounds
 * @param options.test whether the run's test images may be what bounds rest on; not where they are what is checked
 * @throws UserError where it is of other weights, or a tiled network
 */
export async function openExpecter(
  { first, tiles }: OpenedRuns,
  record: ExpectationRecord,
  { level, test }: { readonly level: number; readonly test: boolean },
): Promise<Expecter> {
  const { path, weights, objective } = first;
  if (record.weights !== weights || tiles) {
    throw new UserError({
      what: `--expect of ${path}`,
      got: tiles ? 'a network that is applied tile by tile' : `the ${weights} weights`,
      expected: tiles ? 'one of whole images' : `those that it is of: the ${record.weights} weights`,
      fix: tiles ? 'leave out --expect' : `run: npx fewmask expect ${path} --weights ${weights}`,
    });
  }
  const calibrations = { held_out: record.held_out, ...(test && { test: record.test }) };
  const of = basisOf(calibrations, level);
  const calibration = calibrations[of]!;
  const known = await readKnown(path);
  const expect = expecting(record.model, calibration, level);
  return {
    basis: { of, images: calibration.errors.length, ...expect.bound },
    watch: () => new SignalWatch((output, size) => objective.output.masks!(output, size, size)),
    of: ({ signals, features }) => expect.of({ ...signals, distance: nearest(features, known) }),
  };
}

/** Test images, where they are enough for the level or more than what was held out. */
function basisOf(
  { held_out, test }: { readonly held_out: Calibration; readonly test?: Calibration },
  level: number,
): ExpectationBasis['of'] {
  const unitsOf = ({ groups }: Calibration) => new Set(groups).size;
  if (!test) return 'held_out';
  return unitsOf(test) >= Math.min(unitsFor(level), unitsOf(held_out)) ? 'test' : 'held_out';
}
