// Measures what a page's engine costs: images per second of a training step and of a prediction, one thread each, beside
// Node's engine. The page's WebAssembly runs in Node, whose engine is Chromium's. The ways take turns. Some minutes:
//   npx tsx scripts/evidence/page-speed.ts [--size 128] [--batch 8] [--steps 8]
import { parseArgs } from 'node:util';
import * as ort from 'onnxruntime-web/wasm';
import { median } from '../../src/bench/median.ts';
import { RandomStream } from '../../src/core/random.ts';
import { noAugmentation } from '../../src/data/loading/augmentation.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { randomEncoder } from '../../src/encoders/random.ts';
import { Predictor } from '../../src/eval/predictor.ts';
import { MASK_HEAD } from '../../src/nn/head.ts';
import { losses } from '../../src/nn/losses.ts';
import { type Architecture, defaultChannels } from '../../src/nn/model.ts';
import { segment } from '../../src/objectives/segment.ts';
import { Engine } from '../../src/runtime/engine.node.ts';
import { LocalEngine } from '../../src/runtime/local-engine.ts';
import type { TrainingPlan } from '../../src/train/plan.ts';
import { Stepper } from '../../src/train/stepper.ts';
import { freshWeights } from '../../src/train/weights.ts';
import { printHead, printRow } from './support/markdown.ts';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '128' },
    batch: { type: 'string', default: '8' },
    steps: { type: 'string', default: '8' },
  },
});
const [side, batch, steps] = [values.size, values.batch, values.steps].map(Number);
const size = { height: side, width: side };
const architecture: Architecture = {
  ...{ encoder: mobileNetV2, decoder: 'unet', head: MASK_HEAD },
  decoderChannels: defaultChannels('unet', mobileNetV2),
};
const plan: TrainingPlan = {
  ...{ architecture, encoder: randomEncoder(), initial: freshWeights(architecture, 0), size, batch },
  ...{ epochs: 1, seed: 0, shuffle: false, augmentation: noAugmentation, objective: segment(losses.bce) },
  ...{ optimizer: 'adam', lr: 1e-3, schedule: 'constant', warmupSteps: 0, clipNorm: 0, threads: 1 },
  optimizerOptions: { momentum: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
};
const length = { batch, stepsPerPass: 1, stepsPerEpoch: 1, steps, epochs: steps };

const drawn = (channels: number, images: number) => {
  const stream = new RandomStream('page speed', channels);
  const data = Float32Array.from({ length: images * channels * side * side }, () => stream.uniform());
  return { shape: [images, channels, side, side], data };
};

ort.env.wasm.numThreads = 1;
const engines = {
  page: () => new LocalEngine(ort),
  'Node, plain kernels': () => new Engine({ threads: 1, kernels: 'plain' }),
  Node: () => new Engine({ threads: 1 }),
};

const opened = [];
for (const [name, make] of Object.entries(engines)) {
  const engine = make();
  const stepper = await Stepper.open(plan, length, { engine, encoded: false });
  const network = { architecture, encoder: plan.encoder, weights: plan.initial, size };
  const predictor = await Predictor.load(engine, network, { batch: 1 });
  opened.push({
    name,
    engine,
    stepper,
    predictor,
    times: { step: [] as number[], prediction: [] as number[] },
  });
}
/** Seconds that work takes. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}
for (let step = 1; step <= steps; step++) {
  for (const { stepper, predictor, times } of opened) {
    const fed = { image: drawn(3, batch), target: drawn(1, batch) };
    times.step.push(await timed(() => stepper.run(step, fed)));
    const { data } = drawn(3, 1);
    times.prediction.push(await timed(() => predictor.run(data)));
  }
}
printHead(['one thread', 'training, images/s', 'prediction, ms']);
for (const { name, engine, times } of opened) {
  // The first run of each is slower.
  const [step, prediction] = [times.step, times.prediction].map((all) => median(all.slice(1)));
  printRow([name, (batch / step).toFixed(1), (1000 * prediction).toFixed(0)]);
  await engine.close();
}
