import { afterAll, describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { sizeOf } from '../../src/core/shape.ts';
import type { Tensor, Tensors } from '../../src/core/tensor.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { tapShapes } from '../../src/nn/features.ts';
import { MASK_HEAD } from '../../src/nn/head.ts';
import { initialise } from '../../src/nn/init.ts';
import { losses } from '../../src/nn/losses.ts';
import { type Architecture, type DecoderName, parametersOf, skipReaders } from '../../src/nn/model.ts';
import { optimizers } from '../../src/nn/optimizers.ts';
import { changeReaders, foldGates } from '../../src/nn/skip-weights.ts';
import { drawnGates, formatSkips, parseSkips, SKIP_GATES } from '../../src/nn/skips.ts';
import { evaluationGraph, trainingStep } from '../../src/nn/step-graph.ts';
import { Engine, scalarTensor } from '../../src/runtime/engine.node.ts';
import { expectClose } from '../support/check-case.ts';
import { refusal } from '../support/expect-user-error.ts';
import { evaluate, tensorOf } from '../support/run-many.ts';
import { largestDifference } from '../support/shared.ts';

const engine = new Engine({ threads: 1 });
afterAll(() => engine.close());

const LEVELS = [1, 2, 3, 4];
const size = { batch: 2, height: 32, width: 64 };
const unet: Architecture = {
  encoder: mobileNetV2,
  decoder: 'unet',
  decoderChannels: [8, 8, 8, 8, 8],
  head: MASK_HEAD,
};
const pix2pix: Architecture = {
  encoder: mobileNetV2,
  decoder: 'pix2pix',
  decoderChannels: [8, 8, 8, 8],
  head: MASK_HEAD,
};
const byName: Readonly<Record<DecoderName, Architecture>> = { unet, pix2pix };
const decoders = Object.keys(byName) as DecoderName[];
const withSkips = (architecture: Architecture, skips: string) => ({
  ...architecture,
  skips: parseSkips(skips, 4),
});
/** Such that a signal neither dies nor grows on its way: PyTorch's initial kernels take a sixth of its variance a layer. */
const weightsOf = (architecture: Architecture) =>
  new Map(
    parametersOf(architecture).map((spec) => {
      const { shape, data } = initialise(spec, 1);
      return [spec.name, { shape, data: spec.name.endsWith('.0.weight') ? data.map((w) => 2.5 * w) : data }];
    }),
  );

/** The encoder's taps of two images, out of nothing. */
const taps: Readonly<Record<string, Tensor>> = Object.fromEntries(
  Array.from(tapShapes(mobileNetV2, size), ([name, shape]) => {
    const stream = new RandomStream('taps', name);
    return [
      name,
      tensorOf(
        shape,
        Array.from({ length: sizeOf(shape) }, () => 2 * stream.uniform()),
      ),
    ];
  }),
);

/** What a network makes of the taps. */
async function output(architecture: Architecture, weights: Tensors): Promise<number[]> {
  const { outputs } = evaluationGraph(architecture, undefined, { ...size, weights });
  return (await evaluate(engine, outputs, taps)).output;
}

describe('how skips are written', () => {
  test.each([
    ['all', 'all'],
    ['1,2,3,4', 'all'],
    ['none', 'none'],
    [' 3 , 2', '2,3'],
    ['4', '4'],
    ['drop:0.25', 'drop:0.25'],
    ['drop:5e-1', 'drop:0.5'],
    ['gated', 'gated'],
  ])('%j is %s', (text, spelling) => {
    const skips = parseSkips(text, 4);
    expect(formatSkips(skips, 4)).toBe(spelling);
    expect(parseSkips(spelling, 4)).toEqual(skips);
  });

  test.each([
    '',
    'some',
    '0',
    '1,1',
    '2,5',
    '2,',
    '1.5',
    'drop',
    'drop:',
    'drop:0',
    'drop:1',
    'drop:x',
    'gated:1',
  ])('%j says nothing', async (text) => {
    expect(await refusal(() => parseSkips(text, 4))).toMatch(/^skips: got ".*", expected /);
  });
});

describe.each(decoders)('%s', (decoder) => {
  const architecture = byName[decoder];
  const weights = weightsOf(architecture);
  const readers = skipReaders(architecture);

  test.each(LEVELS)('without level %d it computes what it does with its readers at 0', async (level) => {
    const kept = LEVELS.filter((each) => each !== level).join();
    const reads = readers.filter((reader) => reader.level === level);
    const expected = await output(
      architecture,
      changeReaders(weights, reads, () => 0),
    );
    const found = await output(withSkips(architecture, kept), weights);
    expect(largestDifference(found, expected)).toBeLessThan(1e-6);
    expect(largestDifference(found, await output(architecture, weights))).toBeGreaterThan(1e-4);
  });

  test('learned gates, and the same folded into weights', async () => {
    const gated = withSkips(architecture, 'gated');
    const gates = [0.5, -1, 2, 0];
    const withGates = new Map([...weights, [SKIP_GATES, tensorOf([4], gates)] as const]);
    const found = await output(gated, withGates);
    expect(
      largestDifference(found, await output(architecture, foldGates(weights, readers, gates))),
    ).toBeLessThan(1e-5);
    expect(largestDifference(found, await output(architecture, weights))).toBeGreaterThan(1e-3);
    const ones = new Map([...weights, [SKIP_GATES, tensorOf([4], [1, 1, 1, 1])] as const]);
    expect(largestDifference(await output(gated, ones), await output(architecture, weights))).toBeLessThan(
      1e-6,
    );
  });

  /** One step of plain descent at rate 1, so that it moves weights by their gradient. */
  const step = async (
    skips: string,
    state: Tensors,
    { feeds = {}, gatePenalty }: { feeds?: Readonly<Record<string, Tensor>>; gatePenalty?: number } = {},
  ) => {
    const learning = {
      ...size,
      loss: losses.bce,
      optimizer: optimizers.sgd,
      optimizerOptions: { momentum: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
      clipNorm: 0,
      gatePenalty,
    };
    const { model, state: specs } = trainingStep(withSkips(architecture, skips), undefined, learning);
    await engine.setState(state, specs);
    const session = await engine.load(model);
    const target = Array.from({ length: 2 * 32 * 64 }, (_, i) => (i % 5 < 2 ? 1 : 0));
    const given = { ...taps, ...feeds };
    const copies = Object.entries(given).map(([name, { shape, data }]) => [name, tensorOf(shape, data)]);
    const { loss } = await session.run({
      ...Object.fromEntries(copies),
      target: tensorOf([2, 1, 32, 64], target),
      lr: scalarTensor(1),
    });
    await session.release();
    return { loss: loss.data[0], next: await engine.state() };
  };

  test('a dropped skip is that of one image alone', async () => {
    const dropped = (gates: readonly number[]) =>
      step('drop:0.5', weights, { feeds: { skip_gates: tensorOf([2, 4, 1, 1], gates) } });
    const names = [...tapShapes(mobileNetV2, size).keys()];
    const blank = (tap: string, image: number) => {
      const { shape, data } = taps[tap];
      const half = data.length / 2;
      return { shape, data: data.map((x, i) => (Math.floor(i / half) === image ? 0 : x)) };
    };
    const expected = await step('all', weights, {
      feeds: { [names[1]]: blank(names[1], 0), [names[3]]: blank(names[3], 1) },
    });
    const found = await dropped([1, 0, 1, 1, 1, 1, 1, 0]);
    expect(found.loss).toBeCloseTo(expected.loss, 6);
    const whole = await dropped(new Array(8).fill(1));
    expect(whole.loss).toBeCloseTo((await step('all', weights)).loss, 6);
    for (const [name, { data }] of expected.next) {
      expectClose(found.next.get(name)!.data, data, 1e-4, name);
    }
    expect(Math.abs(found.loss - whole.loss)).toBeGreaterThan(1e-5);
  });

  test('the gradient of a gate is that of the weights that read the skip, and the penalty its sign', async () => {
    const gates = [0.5, 2, -1.5, 0];
    const state = new Map([...weights, [SKIP_GATES, tensorOf([4], gates)] as const]);
    const free = await step('gated', state);
    const moved = (next: Tensors) => gates.map((gate, i) => gate - next.get(SKIP_GATES)!.data[i]);
    // Weight and gate come as a product: gate dL/dgate = Σ weight dL/dweight.
    const expected = readers.map(({ tensor, axis, start, stop }) => {
      const { shape, data } = weights.get(tensor)!;
      const stride = sizeOf(shape.slice(axis + 1));
      return data.reduce((sum, w, i) => {
        const channel = Math.floor(i / stride) % shape[axis];
        const reads = start <= channel && channel < stop;
        return reads ? sum + w * (w - free.next.get(tensor)!.data[i]) : sum;
      }, 0);
    });
    const found = moved(free.next).map((slope, i) => slope * gates[i]);
    expectClose(found, expected, 1e-2, 'gate times gradient');
    expect(Math.max(...found.slice(0, 3).map(Math.abs))).toBeGreaterThan(1e-4);

    const pulled = await step('gated', state, { gatePenalty: 0.25 });
    expect(pulled.loss - free.loss).toBeCloseTo(0.25 * 4, 5);
    const pull = moved(pulled.next).map((slope, i) => slope - moved(free.next)[i]);
    expect(largestDifference(pull, [0.25, 0.25, -0.25, 0])).toBeLessThan(1e-5);
  });

  test('in evaluation all skips are on, whatever was dropped in training', async () => {
    expect(await output(withSkips(architecture, 'drop:0.9'), weights)).toEqual(
      await output(architecture, weights),
    );
  });
});

describe('drawn gates', () => {
  const stems = Array.from({ length: 2000 }, (_, i) => `image-${i}`);
  const skips = parseSkips('drop:0.3', 4);
  const draw = (names: readonly string[], seed = 0, epoch = 1) => [
    ...drawnGates({ encoder: mobileNetV2, skips: skips }, { seed, epoch }, names).skip_gates.data,
  ];

  test('0 at the rate that was asked for, each level by itself', () => {
    const gates = draw(stems);
    expect(new Set(gates)).toEqual(new Set([0, 1]));
    const rate = (dropped: (i: number) => boolean) =>
      stems.filter((_, i) => dropped(i)).length / stems.length;
    const off = (i: number, level: number) => gates[4 * i + level - 1] === 0;
    for (const level of LEVELS) expect(Math.abs(rate((i) => off(i, level)) - 0.3)).toBeLessThan(0.04);
    for (const [a, b] of [
      [1, 2],
      [2, 3],
      [3, 4],
      [1, 4],
    ]) {
      expect(Math.abs(rate((i) => off(i, a) && off(i, b)) - 0.09)).toBeLessThan(0.03);
    }
  });

  test('depend on seed, epoch and stem, and not on what is drawn beside', () => {
    expect(draw(['b', 'a'])).toEqual([...draw(['b']), ...draw(['a'])]);
    for (const other of [draw(stems, 1), draw(stems, 0, 2)]) expect(other).not.toEqual(draw(stems));
    expect(draw(stems.slice(1))).not.toEqual(draw(stems.slice(0, -1)));
  });

  test('are fed to nobody else', () => {
    for (const other of [undefined, parseSkips('all', 4), parseSkips('gated', 4)])
      expect(drawnGates({ encoder: mobileNetV2, skips: other }, { seed: 0, epoch: 1 }, stems)).toEqual({});
  });
});
