import { UserError } from '../core/errors.ts';
import type { Listener } from '../core/events.ts';
import type { Application } from '../eval/ensemble.node.ts';
import { type MaskRule, PLAIN_RULE } from '../eval/mask-rule.ts';
import type { Network } from '../eval/predictor.node.ts';
import { parseScales } from '../settings/amounts.ts';
import { trainObjective } from '../settings/objective.ts';
import { expectNoNoise, type OpenedRun, openRun } from './open-run.node.ts';
import type { ApplicationSettings, WeightsChoice } from './settings.ts';

/** How networks were applied to images, and masks made of their probabilities. */
export interface Applied {
  /** How many runs were averaged. */
  readonly runs: number;
  /** Of each image: 1, or with its flips 4, or with quarter turns 8. */
  readonly views: number;
  /** Factors on the size of the networks' input. */
  readonly scales: readonly number[];
  /** Pixels are in the mask from this probability on. */
  readonly mask_threshold: number;
  /** Holes were filled that are smaller than this share of the image. */
  readonly fill_holes: number;
  /** Parts were removed that are smaller than this share of the image. */
  readonly min_area: number;
}

/** Runs that are applied together. */
export interface OpenedRuns {
  /** Its size, data and weights are what is told of all. Its objective makes masks as was asked for. */
  readonly first: OpenedRun;
  readonly networks: readonly Network[];
  readonly application: Application;
  readonly applied: Applied;
}

/**
 * Opens a run, and those that are averaged with it.
 *
 * @throws UserError for runs that do not fit together, and for rules of masks where there are none
 */
export async function openRuns(
  settings: ApplicationSettings & {
    readonly run: string;
    readonly weights: WeightsChoice;
    readonly encoder?: string;
  },
  { onEvent }: Listener,
): Promise<OpenedRuns> {
  const { weights, encoder, views } = settings;
  const application = { views, scales: parseScales(settings.scales) };
  const rule = {
    threshold: settings.maskThreshold,
    fillHoles: settings.fillHoles,
    minArea: settings.minArea,
  };
  const runs: OpenedRun[] = [];
  for (const path of [settings.run, ...settings.with]) {
    const run = await openRun(path, { weights, encoder, onEvent });
    expectNoNoise(run);
    expectAlike(run, runs[0]);
    expectMasks(run, rule);
    runs.push(run);
  }
  const [opened] = runs;
  const { config } = opened;
  return {
    first: config.kind === 'train' ? { ...opened, objective: trainObjective(config, rule) } : opened,
    networks: runs.map(({ network }) => network),
    application,
    applied: {
      runs: runs.length,
      ...application,
      mask_threshold: rule.threshold,
      fill_holes: rule.fillHoles,
      min_area: rule.minArea,
    },
  };
}

function expectAlike({ path, objective }: OpenedRun, first: OpenedRun | undefined): void {
  const kindOf = (run: Pick<OpenedRun, 'objective'>) =>
    `${run.objective.name}, output channels: ${run.objective.head.channels}`;
  if (!first || kindOf({ objective }) === kindOf(first)) return;
  throw new UserError({
    what: path,
    got: kindOf({ objective }),
    expected: `what ${first.path} makes: ${kindOf(first)}`,
    fix: 'name runs of one kind',
  });
}

function expectMasks({ path, config }: OpenedRun, rule: MaskRule): void {
  const asked = (Object.keys(PLAIN_RULE) as (keyof MaskRule)[]).some((key) => rule[key] !== PLAIN_RULE[key]);
  if (config.kind === 'train' || !asked) return;
  throw new UserError({
    what: path,
    got: 'an autoencoder, which makes no masks',
    expected: 'a network that does',
    fix: 'leave out --mask-threshold, --fill-holes and --min-area',
  });
}
