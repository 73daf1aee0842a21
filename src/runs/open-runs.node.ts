import { UserError } from '../core/errors.ts';
import { inform, type Listener } from '../core/events.ts';
import { mean } from '../core/mean.ts';
import { foreground, onlyClass } from '../data/masks/labelling.ts';
import type { Application } from '../eval/ensemble.node.ts';
import { THRESHOLD } from '../eval/overlap.ts';
import type { Network } from '../eval/predictor.ts';
import type { Tiles } from '../eval/tile-network.node.ts';
import { fittingViews } from '../eval/views.ts';
import { RUN } from '../records/entries.ts';
import { readEntry } from '../records/entry.node.ts';
import type { ThresholdRecord } from '../records/run-records.ts';
import { parseFactors } from '../settings/amounts.ts';
import { cropPlanOf } from '../settings/crop.ts';
import { labellingOf } from '../settings/masks.ts';
import { trainObjective } from '../settings/objective.ts';
import { readingText } from '../settings/pixels.ts';
import { expectNoNoise, type OpenedRun, openRun } from './open-run.node.ts';
import type { ApplicationSettings, WeightsChoice } from './settings.ts';
import { type TrainedScale, tilesOf } from './tiles.node.ts';

/** How networks were applied to images, and masks made of their probabilities. */
export interface Applied {
  /** How many runs were averaged. */
  readonly runs: number;
  /** Of each image: 1, or with its flips 4, or with quarter turns 8. */
  readonly views: number;
  /** Factors on the size of the networks' input. */
  readonly scales: readonly number[];
  /** Pixels are in the mask from this probability on; of several runs with thresholds of their own it is the mean. */
  readonly mask_threshold: number;
  /** Where it was left to the runs: how each of those that have one has chosen its own. */
  readonly thresholds?: readonly (ThresholdRecord & { readonly run: string })[];
  /** Where images were cut into tiles: their size, HxW, and the factor by which images were resized before. */
  readonly tile?: string;
  readonly scale?: number;
  /** Holes were filled that are smaller than this share of the image. */
  readonly fill_holes: number;
  /** Parts were removed that are smaller than this share of the image. */
  readonly min_area: number;
}

/** Runs that are applied together. */
export interface OpenedRuns {
  /** Its size, data and weights are what is told of all. Its objective makes masks as was asked for. */
  readonly first: OpenedRun;
  /** All of them, the first included. */
  readonly opened: readonly OpenedRun[];
  readonly networks: readonly Network[];
  readonly application: Application;
  /** Where images are cut into tiles, of which the networks' size is then. */
  readonly tiles?: Tiles;
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
    readonly objects?: boolean;
  },
  { onEvent }: Listener,
): Promise<OpenedRuns> {
  const { weights, encoder } = settings;
  const scales = parseFactors(settings.scales, 'scales', '0.75,1,1.25');
  const { maskThreshold, fillHoles, minArea } = settings;
  const runs: OpenedRun[] = [];
  for (const path of [settings.run, ...settings.with]) {
    const run = await openRun(path, { weights, encoder, onEvent });
    expectNoNoise(run);
    expectAlike(run, runs[0]);
    expectMasks(run, settings);
    runs.push(run);
  }
  const thresholds = maskThreshold === 'auto' ? await ownThresholds(runs, { onEvent }) : undefined;
  const threshold = thresholds
    ? mean(runs.map(({ path }) => thresholds.find(({ run }) => run === path)?.threshold ?? THRESHOLD))
    : Number(maskThreshold);
  const rule = { threshold, fillHoles, minArea };
  const own = runs.map(({ network }) => network);
  const tiles = tilesOf(settings, own, runs.map(trainedScale));
  const networks = tiles ? own.map((network) => ({ ...network, size: tiles.tile })) : own;
  const opened = { ...runs[0], network: networks[0] };
  const { config } = opened;
  const usual = fittingViews(
    testedViews(config),
    networks.map(({ size }) => size),
  );
  const application = { views: settings.views ?? usual, scales };
  return {
    first:
      config.kind === 'train'
        ? { ...opened, objective: trainObjective(config, { rule, objects: settings.objects }) }
        : opened,
    opened: runs,
    ...{ networks, application },
    ...(tiles && { tiles }),
    applied: {
      runs: runs.length,
      ...application,
      ...(tiles && { tile: `${tiles.tile.height}x${tiles.tile.width}`, scale: tiles.scale }),
      mask_threshold: threshold,
      ...(thresholds && { thresholds }),
      fill_holes: fillHoles,
      min_area: minArea,
    },
  };
}

/** Over how many views a run was tested; what paints images has none. */
const testedViews = (config: OpenedRun['config']) => (config.kind === 'train' ? config.views : 1);

function trainedScale({ path, config }: OpenedRun): TrainedScale {
  const plan = cropPlanOf(config);
  return { path, crop: plan !== undefined, scale: plan?.scale ?? 1 };
}

function expectAlike({ path, objective, config }: OpenedRun, first: OpenedRun | undefined): void {
  const kindOf = (run: Pick<OpenedRun, 'objective' | 'config'>) =>
    `${run.objective.name}, ${outputsText(run)}, images that are ${run.config.fit === 'pad' ? 'padded' : 'stretched'}`;
  if (!first) return;
  const [own, other] = [config, first.config].map((each) => readingText(each));
  if (own !== other) {
    throw new UserError({
      what: path,
      got: `images that are read with ${own}`,
      expected: `what ${first.path} has: ${other}`,
      fix: 'name runs that read images alike',
    });
  }
  if (kindOf({ objective, config }) === kindOf(first)) return;
  throw new UserError({
    what: path,
    got: kindOf({ objective, config }),
    expected: `what ${first.path} makes: ${kindOf(first)}`,
    fix: 'name runs of one kind',
  });
}

/** What a run's outputs are of. */
function outputsText({ objective, config }: Pick<OpenedRun, 'objective' | 'config'>): string {
  if (config.kind !== 'train') return `output channels: ${objective.head.channels}`;
  const labelling = labellingOf(config);
  const names = foreground(labelling).map(({ name }) => name);
  // The one class of two runs may have two names.
  if (onlyClass(labelling)) return 'one class';
  return `${labelling.multilabel ? 'overlapping' : 'exclusive'} classes ${names.join(', ')}`;
}

function expectMasks(
  { path, config }: OpenedRun,
  { maskThreshold, fillHoles, minArea, objects }: ApplicationSettings & { readonly objects?: boolean },
): void {
  const isPlain = maskThreshold === THRESHOLD && fillHoles === 0 && minArea === 0 && !objects;
  if (config.kind === 'train') {
    const labelling = labellingOf(config);
    const exclusive = !labelling.multilabel && !onlyClass(labelling);
    if (!exclusive || maskThreshold === THRESHOLD) return;
    throw new UserError({
      what: `--mask-threshold ${maskThreshold}`,
      got: `${path}, of whose classes each pixel has one: that with the largest probability`,
      expected: 'a run of one class, or of classes that overlap',
      fix: 'leave it out',
    });
  }
  if (isPlain) return;
  throw new UserError({
    what: path,
    got: 'an autoencoder, which makes no masks',
    expected: 'a network that does',
    fix: 'leave out --mask-threshold, --fill-holes, --min-area and --objects',
  });
}

/** The thresholds that runs have chosen on their validation images; which, and which run has none, is told. */
async function ownThresholds(runs: readonly OpenedRun[], listener: Listener) {
  const found: (ThresholdRecord & { readonly run: string })[] = [];
  for (const { path, weights } of runs) {
    const record = await readEntry(path, RUN.threshold);
    if (record?.weights === weights) {
      const { threshold, images, dice, dice_at_half } = record;
      found.push({ run: path, ...record });
      inform(
        listener,
        `${path}: masks from ${threshold} on, chosen on ${images} validation images, on which the mean Dice is ${dice.toFixed(3)} with it and ${dice_at_half.toFixed(3)} with ${THRESHOLD}; on others expect less`,
      );
    } else {
      const why = record
        ? `its threshold is that of its ${record.weights} weights`
        : 'it has not chosen a threshold, for which it needs 10 validation images';
      inform(listener, `${path}: masks from ${THRESHOLD} on: ${why}`);
    }
  }
  return found;
}
