// TensorFlow.js peer: the same U-Net (frozen MobileNetV2, weights drawn at random) trained and applied in JavaScript. Packages of its own:
//   mkdir tfjs && cd tfjs && npm init -y && npm install @tensorflow/tfjs@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0
//   cp ../scripts/peers/tfjs_unet.mjs . && node tfjs_unet.mjs [--backend cpu|wasm] [--size 128] [--batch 8] [--runs 3]
// One line of JSON. Its WebAssembly has no gradients of convolutions: there it only predicts.
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';

const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'cpu' },
    size: { type: 'string', default: '128' },
    batch: { type: 'string', default: '8' },
    runs: { type: 'string', default: '3' },
  },
});
const [size, batch, runs] = [values.size, values.batch, values.runs].map(Number);
await tf.setBackend(values.backend);

/** Table 2 of Sandler et al. 2018: expansion, channels, repeats, stride of the first. */
const STAGES = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
];
const BLOCKS = STAGES.flatMap(([expand, channels, repeats, stride]) =>
  Array.from({ length: repeats }, (_, place) => ({ expand, channels, stride: place === 0 ? stride : 1 })),
);
/** Blocks whose expansion goes to the decoder. */
const TAPPED = [1, 3, 6, 13];

/** Batch norm is folded into the convolutions. */
function encoder() {
  const conv = (filters, kernelSize, strides, activation) =>
    tf.layers.conv2d({ filters, kernelSize, strides, padding: 'same', trainable: false, ...activation });
  const relu6 = (x) => tf.layers.reLU({ maxValue: 6 }).apply(x);
  const image = tf.input({ shape: [size, size, 3] });
  const taps = [];
  let x = relu6(conv(32, 3, 2).apply(image));
  for (const [i, { expand, channels, stride }] of BLOCKS.entries()) {
    let h = x;
    if (expand > 1) {
      h = relu6(conv(expand * x.shape[3], 1, 1).apply(h));
      if (TAPPED.includes(i)) taps.push(h);
    }
    const depthwise = { kernelSize: 3, strides: stride, padding: 'same', trainable: false };
    h = relu6(tf.layers.depthwiseConv2d(depthwise).apply(h));
    h = conv(channels, 1, 1).apply(h);
    x = stride === 1 && h.shape[3] === x.shape[3] ? tf.layers.add().apply([x, h]) : h;
  }
  return tf.model({ inputs: image, outputs: [...taps, x] });
}

function decoder(taps) {
  const inputs = taps.map(({ shape }) => tf.input({ shape: shape.slice(1) }));
  const [skip1, skip2, skip3, skip4, deepest] = inputs;
  let x = deepest;
  for (const [filters, skip] of [
    [256, skip4],
    [128, skip3],
    [64, skip2],
    [32, skip1],
    [16, undefined],
  ]) {
    x = tf.layers.upSampling2d({ size: [2, 2] }).apply(x);
    if (skip) x = tf.layers.concatenate().apply([x, skip]);
    for (let k = 0; k < 2; k++) {
      x = tf.layers.conv2d({ filters, kernelSize: 3, padding: 'same', useBias: false }).apply(x);
      x = tf.layers.reLU().apply(tf.layers.batchNormalization().apply(x));
    }
  }
  const outputs = tf.layers.conv2d({ filters: 1, kernelSize: 3, padding: 'same' }).apply(x);
  return tf.model({ inputs, outputs });
}

const frozen = encoder();
const trained = decoder(frozen.outputs);
const optimizer = tf.train.adam(1e-3);
const drawn = (images, channels) => tf.randomUniform([images, size, size, channels]);

/** Median, in ms, after one that is not counted. */
async function timed(work) {
  const times = [];
  for (let run = 0; run <= runs; run++) {
    const began = performance.now();
    await work();
    if (run > 0) times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b)[Math.floor(runs / 2)];
}

const [images, masks, one] = [drawn(batch, 3), tf.round(drawn(batch, 1)), drawn(1, 3)];
const predict_ms = await timed(async () => {
  const output = tf.tidy(() => tf.sigmoid(trained.apply(frozen.apply(one), { training: false })));
  await output.data();
  output.dispose();
});
const step = async () => {
  const taps = tf.tidy(() => frozen.apply(images));
  const loss = optimizer.minimize(
    () => tf.losses.sigmoidCrossEntropy(masks, trained.apply(taps, { training: true })),
    true,
    trained.trainableWeights.map(({ val }) => val),
  );
  await loss.data();
  tf.dispose([loss, taps]);
};
const step_ms = values.backend === 'wasm' ? undefined : await timed(step);
const parameters = trained.countParams();
console.log(
  JSON.stringify({
    ...{ peer: `tfjs ${tf.version.tfjs}`, backend: tf.getBackend(), size, batch, parameters, predict_ms },
    ...(step_ms && { step_ms, images_per_s: (1000 * batch) / step_ms }),
  }),
);
