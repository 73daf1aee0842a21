// Time of one training step, encoder included: node --import tsx bench/step.mjs [size] [batch]
import { ENCODER_TENSORS } from '../src/nn/encoder.ts';
import { initialise } from '../src/nn/init.ts';
import { losses } from '../src/nn/losses.ts';
import { defaultChannels, parametersOf } from '../src/nn/model.ts';
import { optimizers } from '../src/nn/optimizers.ts';
import { trainingStep } from '../src/nn/step-graph.ts';
import { Engine, scalarTensor, zeroState } from '../src/runtime/engine.node.ts';

const size = Number(process.argv[2] ?? 128);
const batch = Number(process.argv[3] ?? 16);
const steps = Number(process.argv[4] ?? 8);
const architecture = { decoder: 'unet', decoderChannels: defaultChannels('unet'), outputs: 1 };
const encoder = new Map(
  ENCODER_TENSORS.map((t) => [t.name, initialise({ ...t, init: { uniform: 0.1 }, trainable: false }, 0)]),
);
const options = { momentum: 0.9, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };
const began = performance.now();
const step = trainingStep(architecture, encoder, {
  batch,
  height: size,
  width: size,
  loss: losses.bce,
  optimizer: optimizers.adam,
  optimizerOptions: options,
  clipNorm: 0,
});
const built = performance.now();
const engine = new Engine({ threads: 2 });
const parameters = new Map(parametersOf(architecture).map((spec) => [spec.name, initialise(spec, 0)]));
await engine.setState(new Map([...zeroState(step.state), ...parameters]));
const session = await engine.load(step.model);
const loaded = performance.now();
const times = [];
for (let i = 0; i < steps; i++) {
  const image = new Float32Array(batch * 3 * size * size).map(() => Math.random() * 2 - 1);
  const target = new Float32Array(batch * size * size).map(() => (Math.random() > 0.5 ? 1 : 0));
  const scalars = Object.entries({ lr: 1e-3, ...optimizers.adam.scalars(i + 1, options) }).map(([k, v]) => [
    k,
    scalarTensor(v),
  ]);
  const t = performance.now();
  await session.run({
    image: { shape: [batch, 3, size, size], data: image },
    target: { shape: [batch, 1, size, size], data: target },
    ...Object.fromEntries(scalars),
  });
  times.push(performance.now() - t);
}
times.sort((a, b) => a - b);
console.log(
  JSON.stringify({
    nodes: step.model.nodes.length,
    build_ms: built - began,
    load_ms: loaded - built,
    step_ms: times[times.length >> 1],
    min_ms: times[0],
    rss_mb: process.resourceUsage().maxRSS / 1024,
  }),
);
await engine.close();
