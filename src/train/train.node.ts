import { UserError } from '../core/errors.ts';
import { parseSize } from '../core/size.ts';
import { splitFolder } from '../data/duplicates/duplicates.node.ts';
import { readDataFolder } from '../data/folders/folder.node.ts';
import { tellProblems } from '../data/folders/problems.ts';
import type { Splits } from '../data/folders/split.ts';
import { readEncoder } from '../encoders/read.node.ts';
import { type Network, Predictor } from '../eval/predictor.node.ts';
import { type Named, scoreImages } from '../eval/test-set.node.ts';
import { type SegmentationScores, segmentationScoring, type TestSummary } from '../objectives/segment.ts';
import { architectureOf } from '../settings/architecture.node.ts';
import { degradationOf, optimizerOptionsOf, splitOptionsOf } from '../settings/meaning.ts';
import { trainObjective } from '../settings/objective.ts';
import { resolveTrain } from '../settings/resolve.node.ts';
import { type TrainConfig, type TrainOptions, trainSchema } from '../settings/training.ts';
import { begin } from './begin.node.ts';
import { type FitResult, fitDecoder, hintIfShort, type RunHooks, type RunPlace } from './fit.node.ts';
import {
  expectUsable,
  Images,
  imagesOptionsOf,
  type LoadedSamples,
  leftOut,
  sameAcross,
  withImages,
} from './images.node.ts';
import { startOf } from './start.node.ts';

export interface TrainSummary {
  readonly kind: 'train';
  readonly steps: number;
  readonly epochs: number;
  readonly images: number;
  /** Those that were used: of images that train or validate. */
  readonly masks: number;
  readonly best_epoch?: number;
  readonly best_val_dice?: number;
  /** Which weights were tested. */
  readonly tested?: 'best' | 'last';
  readonly test?: TestSummary;
  readonly interrupted: boolean;
  readonly stopped_early: boolean;
  readonly seconds: number;
  readonly waited_for_data: number;
}

/**
 * Fine-tunes the decoder, or trains it from scratch, on images with masks, tests it, and writes a run folder.
 *
 * @throws UserError for settings, files or numbers that cannot be used
 */
export async function runFineTuning(
  options: TrainOptions,
  place: RunPlace,
  hooks: RunHooks = {},
): Promise<TrainSummary> {
  const { config, done, openFolder } = await begin<TrainOptions, TrainConfig, TrainSummary>(
    { kind: 'train', schema: trainSchema, resolve: resolveTrain },
    options,
    place,
    hooks,
  );
  // In a study, a finished run has to go with the others.
  if (done && !place.images) return done;
  const encoder = await readEncoder(config.encoder, hooks);
  const objective = trainObjective(config);
  const architecture = architectureOf(config, objective.head);
  const { initial, start } = await startOf(architecture, config);
  const splits = await maskedSplits(config, hooks);
  const samples = [...splits.train, ...splits.validation, ...splits.test];
  const open = () => Images.open(samples, true, imagesOptionsOf(config, hooks.onLoad));
  return withImages(place.images, open, async (images) => {
    const parts = {
      train: images.part(splits.train),
      validation: images.part(splits.validation),
      test: images.part(splits.test),
    };
    const same = sameAcross({
      training: [parts.train],
      validation: [parts.validation],
      test: [parts.test],
    });
    tellProblems(config.data, [...splits.warnings, ...leftOut(images), ...same], { ...hooks, ...config });
    hintIfShort(config, parts.train.samples.length, hooks);
    expectUsable(config.data, 'training', splits.train, parts.train);
    expectUsable(config.data, 'validation', splits.validation, parts.validation);
    const provenance = { kind: 'train', encoderSha256: encoder.sha256, start, settings: config } as const;
    const folder = await openFolder(hooks.command, { parts, provenance });
    if (done) return done;
    const size = parseSize(config.size);
    const result = await fitDecoder(
      {
        plan: {
          ...config,
          architecture,
          encoder: encoder.weights,
          initial,
          size,
          objective,
          optimizerOptions: optimizerOptionsOf(config),
          degradation: degradationOf(config),
        },
        provenance,
        folder,
        train: parts.train,
        validation: splits.validation.length > 0 ? parts.validation : undefined,
        patience: config.patience,
        cacheFeatures: config.cacheFeatures,
        memoryBytes: config.memory,
        saveEvery: place.saveEvery,
      },
      hooks,
    );
    const weights = result.best?.weights ?? result.last;
    const network = { architecture, encoder: encoder.weights, weights, size };
    const scores = result.interrupted ? [] : await testScores(network, parts.test, config, hooks);
    if (scores.length > 0)
      await folder.writeTest(
        scores.map(({ stem, ...scored }) => ({ stem, ...segmentationScoring.row(scored) })),
      );
    const summary = summaryOf(result, parts, scores);
    await folder.finish(summary);
    return summary;
  });
}

/** The splits of a data folder in which something has a mask. */
async function maskedSplits(config: TrainConfig, { onLoad }: RunHooks): Promise<Splits> {
  const data = await readDataFolder(config.data);
  if (data.samples.every((sample) => sample.mask === undefined)) {
    throw new UserError({
      what: config.data,
      got: ['no image with a mask', ...data.warnings].join('; '),
      expected: `masks in masks/ with the names of their images, such as ${data.samples[0].stem}.png`,
      fix: 'rename or add them, or pretrain without: npx fewmask pretrain',
    });
  }
  const splits = await splitFolder(data, splitOptionsOf(config), onLoad);
  if (splits.train.length === 0) {
    throw new UserError({
      what: config.data,
      got: 'no training image with a mask',
      expected: 'at least one',
      fix: 'name it in train.txt, or leave out the lists',
    });
  }
  return splits;
}

async function testScores(
  network: Network,
  test: LoadedSamples,
  config: TrainConfig,
  hooks: RunHooks,
): Promise<Named<SegmentationScores>[]> {
  if (test.samples.length === 0) return [];
  const batch = Math.min(config.batch, test.samples.length);
  const predictor = await Predictor.open(network, { batch, threads: config.threads });
  try {
    return await scoreImages(predictor, segmentationScoring, test.samples, test, hooks.onTest);
  } finally {
    await predictor.close();
  }
}

function summaryOf(
  result: FitResult,
  { train, validation }: Readonly<Record<'train' | 'validation', LoadedSamples>>,
  scores: readonly SegmentationScores[],
): TrainSummary {
  const { steps, epochs, best, interrupted, stoppedEarly, seconds, waitedForData } = result;
  return {
    kind: 'train',
    steps,
    epochs,
    images: train.samples.length,
    masks: train.samples.length + validation.samples.length,
    best_epoch: best?.epoch,
    best_val_dice: best?.scores.val_dice,
    ...(scores.length > 0 && { tested: best ? 'best' : 'last', test: segmentationScoring.summarise(scores) }),
    interrupted,
    stopped_early: stoppedEarly,
    seconds,
    waited_for_data: waitedForData,
  };
}
