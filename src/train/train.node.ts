import { UserError } from '../core/errors.ts';
import { progressOf } from '../core/events.ts';
import { parseSize } from '../core/size.ts';
import { splitFolder } from '../data/duplicates/duplicates.node.ts';
import { readDataFolder } from '../data/folders/folder.node.ts';
import { tellProblems } from '../data/folders/problems.ts';
import type { Splits } from '../data/folders/split.ts';
import { Ensemble } from '../eval/ensemble.node.ts';
import type { Network } from '../eval/predictor.node.ts';
import { type Named, scoreImages } from '../eval/test-set.node.ts';
import { withOwnEncoder } from '../nn/trained-encoder.ts';
import { type SegmentationScores, segmentationScoring } from '../objectives/segment.ts';
import type { TrainSummary } from '../records/summaries.ts';
import { architectureOf } from '../settings/architecture.node.ts';
import { augmentationOf } from '../settings/augmentation.ts';
import { degradationOf, groupsOf, optimizerOptionsOf, splitOptionsOf } from '../settings/meaning.ts';
import { trainObjective } from '../settings/objective.ts';
import { resolveTrain } from '../settings/resolve.node.ts';
import { type TrainConfig, type TrainOptions, trainSchema } from '../settings/training.ts';
import { begin } from './begin.node.ts';
import { type FitResult, fitNetwork, hintIfShort } from './fit.node.ts';
import {
  expectUsable,
  Images,
  imagesOptionsOf,
  type LoadedSamples,
  leftOut,
  sameAcross,
  withImages,
} from './images.node.ts';
import type { RunPlace } from './place.ts';
import { encoderFor, startOf } from './start.node.ts';

/**
 * Fine-tunes a network, or trains its decoder from scratch, on images with masks, tests it, and writes a run folder.
 *
 * @throws UserError for settings, files or numbers that cannot be used
 */
export async function runTraining(options: TrainOptions, place: RunPlace): Promise<TrainSummary> {
  const { config, done, openFolder } = await begin(
    { kind: 'train', schema: trainSchema, resolve: resolveTrain },
    options,
    place,
  );
  // In a study, a finished run has to go with the others.
  if (done && !place.images) return done;
  place.onEvent?.({ type: 'start' });
  const objective = trainObjective(config);
  const architecture = architectureOf(config, objective.head);
  const encoder = await encoderFor(architecture, config, place);
  const { initial, start } = await startOf(architecture, encoder, config);
  const splits = await maskedSplits(config, place);
  const samples = [...splits.train, ...splits.validation, ...splits.test];
  const open = () => Images.open(samples, objective.scoring.needsMasks, imagesOptionsOf(config, place));
  return withImages(place.images, open, async (images) => {
    const parts = usedParts(config, splits, images, place);
    const provenance = { kind: 'train', encoderSha256: encoder.sha256, start, settings: config } as const;
    const folder = await openFolder(place.command, { parts, provenance });
    if (done) return done;
    const size = parseSize(config.size);
    const plan = {
      ...{ ...config, architecture, objective, initial, size },
      encoder: withOwnEncoder(encoder.weights, initial),
      groups: groupsOf(config),
      optimizerOptions: optimizerOptionsOf(config),
      augmentation: augmentationOf(config),
      degradation: degradationOf(config),
    };
    const result = await fitNetwork(
      {
        ...{ plan, provenance, folder, train: parts.train, saveEvery: place.saveEvery },
        validation: splits.validation.length > 0 ? parts.validation : undefined,
        ...{ patience: config.patience, cacheFeatures: config.cacheFeatures, memoryBytes: config.memory },
      },
      place,
    );
    const weights = result.best?.weights ?? result.last;
    const network = { architecture, encoder: withOwnEncoder(encoder.weights, weights), weights, size };
    const scores = result.interrupted ? [] : await testScores(network, parts.test, config, place);
    const rows = scores.map(({ stem, ...scored }) => ({ stem, ...segmentationScoring.row(scored) }));
    if (rows.length > 0) await folder.writeTest(rows);
    const summary = summaryOf(result, parts, scores);
    await folder.finish(summary);
    place.onEvent?.({ type: 'done', out: place.out, summary });
    return summary;
  });
}

type Parts = Readonly<Record<'train' | 'validation' | 'test', LoadedSamples>>;

/**
 * The images of each part that can be used; what is wrong with the others is told.
 *
 * @throws UserError where a part was wanted and none of its images can be used
 */
function usedParts(config: TrainConfig, splits: Splits, images: Images, place: RunPlace): Parts {
  const parts = {
    train: images.part(splits.train),
    validation: images.part(splits.validation),
    test: images.part(splits.test),
  };
  const same = sameAcross({ training: [parts.train], validation: [parts.validation], test: [parts.test] });
  const problems = [...splits.warnings, ...leftOut(images), ...same];
  tellProblems(config.data, problems, { strict: config.strict, onEvent: place.onEvent });
  hintIfShort(config, parts.train.samples.length, place);
  expectUsable(config.data, 'training', splits.train, parts.train);
  expectUsable(config.data, 'validation', splits.validation, parts.validation);
  const [train, validation, test] = [parts.train, parts.validation, parts.test].map(
    ({ samples }) => samples.length,
  );
  place.onEvent?.({ type: 'data', train, validation, test });
  return parts;
}

/** The splits of a data folder in which something has a mask. */
async function maskedSplits(config: TrainConfig, place: RunPlace): Promise<Splits> {
  const data = await readDataFolder(config.data);
  if (data.samples.every((sample) => sample.mask === undefined)) {
    throw new UserError({
      what: config.data,
      got: ['no image with a mask', ...data.warnings].join('; '),
      expected: `masks in masks/ with the names of their images, such as ${data.samples[0].stem}.png`,
      fix: 'rename or add them, or pretrain without: npx fewmask pretrain',
    });
  }
  const splits = await splitFolder(data, splitOptionsOf(config), progressOf(place, 'reading images'));
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
  place: RunPlace,
): Promise<Named<SegmentationScores>[]> {
  if (test.samples.length === 0) return [];
  const batch = Math.min(config.batch, test.samples.length);
  const { threads, views } = config;
  const ensemble = await Ensemble.open([network], { batch, threads, views });
  try {
    return await scoreImages(
      ensemble,
      segmentationScoring,
      test.samples,
      [test],
      progressOf(place, 'testing'),
    );
  } finally {
    await ensemble.close();
  }
}

function summaryOf(
  result: FitResult,
  { train, validation }: Parts,
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
