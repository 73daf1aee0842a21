import { expect, test } from 'vitest';
import { encoderIntoState } from '../../src/bench/parts.ts';
import { RandomStream } from '../../src/core/random.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { MASK_HEAD } from '../../src/nn/head.ts';
import { losses } from '../../src/nn/losses.ts';
import type { Architecture } from '../../src/nn/model.ts';
import { optimizers } from '../../src/nn/optimizers.ts';
import { trainingStep } from '../../src/nn/step-graph.ts';
import { Engine, scalarTensor } from '../../src/runtime/engine.node.ts';
import { optimizerOptionsOf } from '../../src/settings/meaning.ts';
import { freshWeights } from '../../src/train/weights.ts';
import { randomEncoder } from '../support/random-encoder.ts';
import { tensorOf } from '../support/run-many.ts';

test('encoder and decoder, one after the other, do what the whole training step does', async () => {
  const architecture: Architecture = {
    encoder: mobileNetV2,
    decoder: 'unet',
    decoderChannels: [8, 8, 8, 8, 8],
    head: MASK_HEAD,
  };
  const encoder = randomEncoder();
  const options = {
    ...{ batch: 2, height: 32, width: 64 },
    loss: losses.bce,
    optimizer: optimizers.sgd,
    optimizerOptions: optimizerOptionsOf({ momentum: 0, weightDecay: 0 }),
    clipNorm: 0,
  };
  const stream = new RandomStream('parts');
  const pixels = Array.from({ length: 2 * 3 * 32 * 64 }, () => 2 * stream.uniform() - 1);
  const image = () => tensorOf([2, 3, 32, 64], pixels);
  const target = () =>
    tensorOf(
      [2, 1, 32, 64],
      pixels.slice(0, 4096).map((x) => (x > 0 ? 1 : 0)),
    );
  const whole = trainingStep(architecture, encoder, options);
  const half = trainingStep(architecture, undefined, options);
  expect(half.state).toEqual(whole.state);

  const engine = new Engine({ threads: 1 });
  try {
    const start = freshWeights(architecture, 0);
    const lr = () => scalarTensor(0.1);
    await engine.setState(start, whole.state);
    const expected = await (await engine.load(whole.model)).run({
      image: image(),
      target: target(),
      lr: lr(),
    });
    await engine.setState(start, whole.state);
    expect(
      await (await engine.load(encoderIntoState(mobileNetV2, encoder, options))).run({ image: image() }),
    ).toEqual({});
    const found = await (await engine.load(half.model)).run({ target: target(), lr: lr() });
    for (const name of ['loss', 'gradient_norm', 'weight_norm']) {
      expect(found[name].data[0] / expected[name].data[0], name).toBeCloseTo(1, 5);
    }
  } finally {
    await engine.close();
  }
});
