import { UserError } from '../core/errors.ts';
import { type Listener, progressOf } from '../core/events.ts';
import { parseSize } from '../core/size.ts';
import { splitFolder } from '../data/duplicates/duplicates.node.ts';
import { readGroupedFolder } from '../data/folders/groups.node.ts';
import { shortageOf } from '../data/folders/shortage.ts';
import type { Splits } from '../data/folders/split.ts';
import { Ensemble } from '../eval/ensemble.node.ts';
import type { Network } from '../eval/predictor.ts';
import { type Named, rowOf, scoreImages } from '../eval/test-set.node.ts';
import { withOwnEncoder } from '../nn/trained-encoder.ts';
import type { Objective } from '../objectives/objective.ts';
import type { SegmentationScores, TestSummary } from '../objectives/segment.ts';
import type { TrainSummary } from '../records/summaries.ts';
import { chosenDevice } from '../runtime/choose-device.node.ts';
import { architectureOf } from '../settings/architecture.node.ts';
import { withLabelling } from '../settings/labelling.node.ts';
import { deviceOf, splitOptionsOf } from '../settings/meaning.ts';
import { trainObjective } from '../settings/objective.ts';
import { resolveTrain } from '../settings/resolve.node.ts';
import { type TrainConfig, type TrainOptions, trainSchema } from '../settings/training.ts';
import { baselinesOf, meansOf } from './baselines.node.ts';
import { begin } from './begin.node.ts';
import { classWeightsOf, givenClassWeights } from './class-weights.ts';
import { consistencyOf } from './consistency.ts';
import { type FitResult, fitNetwork } from './fit.node.ts';
import type { RunPlace } from './place.ts';
import { planOf } from './plan.ts';
import { pseudoMaskPlanOf } from './pseudo-batches.ts';
import { encoderFor, startOf } from './start.node.ts';
import { withStartReading } from './start-reading.node.ts';
import { expectRoomForOne } from './step-memory.node.ts';
import { chooseThreshold } from './threshold.node.ts';
import { type TrainingParts, type WantedImages, withTrainingImages } from './training-images.node.ts';

type TrainObjective = Objective<SegmentationScores, TestSummary>;

/** Images that are chosen already. */
export type GivenImages = Partial<WantedImages>;

/** How a training is begun. */
export const trainingRun = {
  kind: 'train',
  schema: trainSchema,
  resolve: resolveTrain,
  settle: async (given: TrainConfig, listener: Listener) => {
    expectRoomForOne(parseSize(given.size));
    const config = await withLabelling(trainSchema, given, listener);
    givenClassWeights(config);
    const device = await chosenDevice(config.device, listener);
    return withStartReading({ ...config, device }, listener);
  },
} as const;

/**
 * Fine-tunes a network, or trains its decoder from scratch, on images with masks, tests it, and writes a run folder.
 *
 * @throws UserError for settings, files or numbers that cannot be used
 */
export async function runTraining(
  options: TrainOptions,
  place: RunPlace,
  { splits: given, pseudoMasked, apart }: GivenImages = {},
): Promise<TrainSummary> {
  const { config, done, openFolder } = await begin(trainingRun, options, place);
  // In a study, a finished run has to go with the others.
  if (done && !place.images) return done;
  place.onEvent?.({ type: 'start' });
  const { head } = trainObjective(config);
  const architecture = architectureOf(config, head);
  const encoder = await encoderFor(architecture, config, place);
  const { initial, start } = await startOf(architecture, encoder, config);
  const splits = given ?? (await maskedSplits(config, place));
  return withTrainingImages(config, { splits, pseudoMasked, apart }, place, async (parts) => {
    const consistency = consistencyOf(config, parts.plain?.samples ?? []);
    const provenance = { kind: 'train', encoderSha256: encoder.sha256, start, settings: config } as const;
    const folder = await openFolder(place.command, { parts, provenance });
    if (done) return done;
    const objective = trainObjective(config, { weights: classWeightsOf(config, parts.train, place) });
    const plan = {
      ...planOf(config, { architecture, initial, objective, encoder: encoder.weights }),
      consistency,
      ...(parts.pseudo && {
        pseudo: pseudoMaskPlanOf(config, parts.train.samples.length, parts.pseudo.samples),
      }),
    };
    const { size } = plan;
    const result = await fitNetwork(
      {
        ...{ ...parts, train: parts.learned, plan, provenance, folder, saveEvery: place.saveEvery },
        validation: splits.validation.length > 0 ? parts.validation : undefined,
        ...{ patience: config.patience, cacheFeatures: config.cacheFeatures, memoryBytes: config.memory },
      },
      place,
    );
    const weights = result.best?.weights ?? result.last;
    const network = { architecture, encoder: withOwnEncoder(encoder.weights, weights), weights, size };
    const { scores, threshold } = result.interrupted
      ? { scores: [] }
      : await tested({ network, objective }, parts, config, place);
    if (threshold) await folder.writeThreshold({ ...threshold, weights: result.best ? 'best' : 'last' });
    const rows = scores.map((scored) => rowOf(objective.scoring, scored));
    if (rows.length > 0) await folder.writeTest(rows);
    const baselines = rows.length > 0 ? await baselinesOf(parts.train, parts.test, { objective, size }) : [];
    if (baselines.length > 0) await folder.writeBaselines(baselines);
    const summary = summaryOf(result, parts, {
      test: scores.length > 0 ? objective.scoring.summarise(scores) : undefined,
      baselines: meansOf(baselines),
    });
    await folder.finish(summary);
    place.onEvent?.({ type: 'done', out: place.out, summary });
    return summary;
  });
}

/** The splits of a data folder in which something has a mask. */
export async function maskedSplits(config: TrainConfig, place: RunPlace): Promise<Splits> {
  const data = await readGroupedFolder(config.data, config);
  if (data.samples.every((sample) => sample.mask === undefined)) {
    throw new UserError({
      what: config.data,
      // What is to be done is told once.
      got: ['no image with a mask', ...data.warnings].join('; ').replace(`; ${data.fix}`, ''),
      expected: `masks in masks/ with the names of their images, such as ${data.samples[0].stem}.png, or annotations of a known format`,
      fix: data.fix ?? 'rename or add them, or pretrain without: npx fewmask pretrain',
    });
  }
  const splits = await splitFolder(data, splitOptionsOf(config), progressOf(place, 'reading images'));
  if (splits.train.length === 0) {
    const { why, fix } = shortageOf(data, [], splits.test);
    throw new UserError({
      what: config.data,
      got: `no training image with a mask: ${why}`,
      expected: 'at least one',
      fix,
    });
  }
  return splits;
}

/** What a finished network scores on the test images, and the threshold that suits the validation images. */
async function tested(
  { network, objective }: { readonly network: Network; readonly objective: TrainObjective },
  { validation, test }: TrainingParts,
  config: TrainConfig,
  place: RunPlace,
): Promise<{
  readonly scores: readonly Named<SegmentationScores>[];
  readonly threshold?: Awaited<ReturnType<typeof chooseThreshold>>;
}> {
  const images = test.samples.length || validation.samples.length;
  if (images === 0) return { scores: [] };
  const { batch, threads, views } = config;
  const application = { batch: Math.min(batch, images), threads, views, device: deviceOf(config) };
  const ensemble = await Ensemble.open([network], application);
  try {
    const told = progressOf(place, 'testing');
    const scores = await scoreImages(ensemble, objective.scoring, test.samples, [test], { onImage: told });
    const { byThreshold } = objective.output;
    const threshold = byThreshold ? await chooseThreshold(ensemble, validation) : undefined;
    return { scores, threshold };
  } finally {
    await ensemble.close();
  }
}

function summaryOf(
  result: FitResult,
  { train, validation, pseudo, plain = pseudo }: TrainingParts,
  { test, baselines }: Pick<TrainSummary, 'test' | 'baselines'>,
): TrainSummary {
  const { steps, epochs, best, interrupted, stoppedEarly, seconds, waitedForData } = result;
  return {
    kind: 'train',
    steps,
    epochs,
    images: train.samples.length,
    masks: train.samples.length + validation.samples.length,
    ...(plain && { plain: plain.samples.length }),
    best_epoch: best?.epoch,
    best_val_dice: best?.scores.val_dice,
    ...(best && { validated_on: validation.samples.length }),
    ...(test && { tested: best ? 'best' : 'last', test }),
    ...(baselines && { baselines }),
    interrupted,
    stopped_early: stoppedEarly,
    seconds,
    waited_for_data: waitedForData,
  };
}
