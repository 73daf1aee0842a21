import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import type { Tensors } from '../core/tensor.ts';
import { readDataFolder } from '../data/folder.node.ts';
import { splitSamples } from '../data/split.ts';
import { OVERLAP_METRICS } from '../eval/metrics.ts';
import { Predictor } from '../eval/predictor.node.ts';
import {
  type ImageScores,
  scoreSegmentation,
  summariseScores,
  type TestSummary,
} from '../eval/test-set.node.ts';
import { losses } from '../nn/losses.ts';
import type { Architecture } from '../nn/model.ts';
import {
  completeWeights,
  freshWeights,
  readCheckpoint,
  readEncoder,
  transferDecoder,
} from './checkpoint.node.ts';
import { parseSize, type TrainConfig, type TrainOptions } from './config.ts';
import { fitDecoder, type RunHooks, type RunPlace } from './fit.node.ts';
import { Images } from './images.node.ts';
import { architectureOf, optimizerOptionsOf, resolveTrain, splitOptionsOf } from './resolve.ts';
import { type Row, RunFolder } from './run-folder.node.ts';

export interface TrainSummary {
  readonly kind: 'train';
  readonly steps: number;
  readonly epochs: number;
  readonly images: number;
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
  const config = resolveTrain(options, availableParallelism());
  const encoder = await readEncoder(config.encoder);
  const architecture = architectureOf(config, 1);
  const initial = await initialWeights(architecture, config);
  const data = await readDataFolder(config.data);
  if (data.samples.every((sample) => sample.mask === undefined)) {
    throw new UserError({
      what: config.data,
      got: 'no image with a mask',
      expected: 'masks with the same names in masks/',
      fix: 'add them, or pretrain without: fewmask pretrain',
    });
  }
  const splits = splitSamples(data, splitOptionsOf(config));
  for (const warning of splits.warnings) hooks.onWarning?.(warning);

  const folder = await RunFolder.create(place.out, place.overwrite ?? false);
  await folder.writeSetUp({ kind: 'train', ...config }, hooks.command, config.threads);
  const size = parseSize(config.size);
  const images =
    place.images ??
    (await Images.open([...splits.train, ...splits.validation, ...splits.test], true, {
      size,
      workers: config.workers,
      memoryBytes: config.memory,
      onProgress: hooks.onLoad,
    }));
  try {
    const train = images.part(splits.train);
    const validation = images.part(splits.validation);
    const test = images.part(splits.test);
    await folder.writeJson('splits.json', {
      train: train.entries,
      validation: validation.entries,
      test: test.entries,
    });
    const result = await fitDecoder(
      {
        plan: {
          ...config,
          architecture,
          encoder: encoder.weights,
          initial,
          size,
          loss: losses[config.loss],
          optimizerOptions: optimizerOptionsOf(config),
        },
        provenance: { kind: 'train', encoderSha256: encoder.sha256 },
        folder,
        train,
        validation: splits.validation.length > 0 ? validation : undefined,
        better: { score: 'val_dice', sign: 1 },
        patience: config.patience,
      },
      hooks,
    );

    const { steps, epochs, best, interrupted, stoppedEarly, seconds, waitedForData } = result;
    let scores: ImageScores[] | undefined;
    if (splits.test.length > 0 && !interrupted) {
      const network = { architecture, encoder: encoder.weights, weights: best?.weights ?? result.last, size };
      const predictor = await Predictor.open(network, {
        batch: Math.min(config.batch, splits.test.length),
        threads: config.threads,
      });
      try {
        scores = await scoreSegmentation(predictor, splits.test, test, hooks.onTest);
      } finally {
        await predictor.close();
      }
      await folder.writeCsv('test.csv', scores.map(testRow));
    }
    const summary: TrainSummary = {
      kind: 'train',
      steps,
      epochs,
      images: splits.train.length,
      best_epoch: best?.epoch,
      best_val_dice: best?.scores.val_dice,
      ...(scores && { tested: best ? 'best' : 'last', test: summariseScores(scores) }),
      interrupted,
      stopped_early: stoppedEarly,
      seconds,
      waited_for_data: waitedForData,
    };
    await folder.writeJson('summary.json', summary);
    return summary;
  } finally {
    if (!place.images) await images.close();
  }
}

/** A row of `test.csv`: native scores, then those at network size. */
export function testRow({ stem, native, network }: ImageScores): Row {
  return {
    stem,
    ...Object.fromEntries(OVERLAP_METRICS.map((metric) => [metric, native[metric]])),
    ...Object.fromEntries(OVERLAP_METRICS.map((metric) => [`net_${metric}`, network[metric]])),
  };
}

/** Drawn by the seed; or a file's, all of it (`init`) or all but the output layer (`pretrained`). */
async function initialWeights(
  architecture: Architecture,
  { init, pretrained, seed }: TrainConfig,
): Promise<Tensors> {
  if (init) return completeWeights(architecture, (await readCheckpoint(init)).tensors, init);
  const fresh = freshWeights(architecture, seed);
  if (!pretrained) return fresh;
  const file = weightsFile(pretrained);
  return transferDecoder(architecture, fresh, (await readCheckpoint(file)).tensors, file);
}

/** A weights file, or the last weights of a run folder. */
function weightsFile(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) {
    throw new UserError({
      what: path,
      got: 'no such file or folder',
      expected: 'a pretraining run or its weights',
    });
  }
  return found.isDirectory() ? join(path, 'weights', 'last.safetensors') : path;
}
