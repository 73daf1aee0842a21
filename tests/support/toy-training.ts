import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { RandomStream } from '../../src/core/random.ts';
import type { Tensors } from '../../src/core/tensor.ts';
import { noAugmentation } from '../../src/data/loading/augmentation.ts';
import { assembleBatch } from '../../src/data/loading/batch.ts';
import { Ensemble } from '../../src/eval/ensemble.node.ts';
import type { Network } from '../../src/eval/predictor.ts';
import { scoreImages } from '../../src/eval/test-set.node.ts';
import type { Encoder } from '../../src/nn/encoder.ts';
import { type Architecture, type DecoderName, defaultChannels } from '../../src/nn/model.ts';
import type { Objective } from '../../src/objectives/objective.ts';
import { readCheckpoint } from '../../src/records/checkpoint.node.ts';
import { RunFolder } from '../../src/records/run-folder.node.ts';
import { networkFacts } from '../../src/runs/model-facts.node.ts';
import { onnxModel } from '../../src/runs/onnx-model.node.ts';
import type { CacheFeatures } from '../../src/settings/shared.ts';
import { fitNetwork } from '../../src/train/fit.node.ts';
import type { LoadedSamples } from '../../src/train/images.node.ts';
import type { TrainingPlan } from '../../src/train/plan.ts';
import { completeWeights, freshWeights } from '../../src/train/weights.ts';

export const size = { height: 32, width: 32 };
export const AREA = size.height * size.width;

/** Bright discs on dark noise, and where they are. */
function sampleOf(i: number) {
  const stream = new RandomStream('toy training', i);
  const [y, x] = [8 + stream.integer(16), 8 + stream.integer(16)];
  const mask = Uint8Array.from({ length: AREA }, (_, k) =>
    Math.hypot(Math.floor(k / size.width) - y, (k % size.width) - x) < 7 ? 1 : 0,
  );
  const image = Uint8Array.from({ length: 3 * AREA }, (_, k) =>
    mask[Math.floor(k / 3)] === 1 ? 200 + stream.integer(56) : stream.integer(100),
  );
  return { image, mask };
}

/** So many images in memory, from the `first` on. */
export function toyImages(first: number, count: number): LoadedSamples {
  const pixels = Array.from({ length: count }, (_, i) => sampleOf(first + i));
  const samples = pixels.map((_, i) => ({ stem: `image-${first + i}`, image: `image-${first + i}.png` }));
  return {
    samples,
    entries: [],
    fingerprints: [],
    vanishing: [],
    looks: [],
    batch: async (request) => {
      const { indices } = request;
      const stems = indices.map((i) => samples[i].stem);
      return assembleBatch(
        request,
        stems,
        indices.map((i) => pixels[i]),
        size,
      );
    },
    nativeMask: (i) => ({ ...size, planes: 1, data: pixels[i].mask }),
  };
}

interface ToyTraining {
  readonly encoder: Encoder;
  readonly weights: Tensors;
  readonly objective: Objective;
  readonly decoder: DecoderName;
  readonly cacheFeatures?: CacheFeatures;
  /** The run's folder; there is nothing yet. */
  readonly out: string;
}

/** Trains with validation, and reads the best weights back from their checkpoint. */
export async function trainToy({ encoder, weights, objective, decoder, cacheFeatures, out }: ToyTraining) {
  const decoderChannels = defaultChannels(decoder, encoder).map(() => 6);
  const architecture: Architecture = { encoder, decoder, decoderChannels, head: objective.head };
  const plan: TrainingPlan = {
    ...{ architecture, encoder: weights, initial: freshWeights(architecture, 0), objective, size },
    ...{ batch: 4, epochs: 12, seed: 1, shuffle: true, augmentation: noAugmentation },
    ...{ optimizer: 'adam', lr: 0.02, schedule: 'constant', warmupSteps: 0, clipNorm: 0, threads: 1 },
    optimizerOptions: { momentum: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
  };
  const folder = await RunFolder.create(out, false);
  const fit = await fitNetwork({
    plan,
    provenance: { kind: 'train', encoderSha256: 'none', start: 'random', settings: {} },
    ...{ folder, train: toyImages(0, 8), validation: toyImages(8, 3), patience: 0 },
    ...{ cacheFeatures: cacheFeatures ?? 'off', memoryBytes: 2 ** 26 },
  });
  const file = folder.weightsPath('best');
  const checkpoint = await readCheckpoint(file);
  const read = completeWeights(architecture, checkpoint.tensors, file);
  const network: Network = { architecture, encoder: weights, weights: read, size };
  return { fit, network, checkpoint, metrics: await readFile(join(out, 'metrics.jsonl'), 'utf8') };
}

/** What a network makes of images, one by one and scored. */
export async function predictToy<ImageScores extends object>(
  network: Network,
  objective: Objective<ImageScores>,
  images: LoadedSamples,
) {
  const ensemble = await Ensemble.open([network], { batch: 2, threads: 1 });
  try {
    const scores = await scoreImages(ensemble, objective.scoring, images.samples, [images]);
    const { input } = await images.batch({ indices: [0, 1], seed: 0, epoch: 0 });
    return { scores, input, outputs: await ensemble.run([input]) };
  } finally {
    await ensemble.close();
  }
}

/** What plain ONNX Runtime makes of the exported network. */
export async function runExported(network: Network, objective: Objective, input: Float32Array) {
  const metadata = networkFacts({ network, objective });
  const session = await ort.InferenceSession.create(onnxModel({ network, objective }, { metadata }));
  const dims = [input.length / (3 * AREA), 3, size.height, size.width];
  const outputs = await session.run({ image: new ort.Tensor('float32', input, dims) });
  await session.release();
  const output = outputs[objective.output.name];
  return { metadata, dims: output.dims, data: output.data as Float32Array };
}
