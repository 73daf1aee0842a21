import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Graph } from '../../src/graph/graph.ts';
import { formatLoss, lossOf, parseLoss } from '../../src/nn/loss-sum.ts';
import { type Loss, type LossName, losses, MASK_LOSSES } from '../../src/nn/losses.ts';
import { add } from '../../src/ops/elementwise.ts';
import { gradients } from '../../src/ops/index.ts';
import { Engine } from '../../src/runtime/engine.node.ts';
import { fed, given, type InputSpec, lattice, type OperatorCase, uniform } from '../support/cases.ts';
import { checkCase } from '../support/check-case.ts';
import {
  at,
  broadcast,
  build,
  elementwise,
  logSoftmaxed,
  type NdArray,
  summed,
  total,
} from '../support/reference.ts';
import { evaluate, tensorOf } from '../support/run-many.ts';

let engine: Engine;
beforeAll(() => {
  engine = new Engine({ threads: 1 });
});
afterAll(() => engine.close());

const logistic = (x: number) => 1 / (1 + Math.exp(-x));

/** The mean over what a mask of the errors' shape counts. */
const meanOver = (errors: NdArray, counted: NdArray) =>
  total(elementwise(errors, counted)((e, c) => e * c)) / Math.max(total(counted), 1);

const SUMS = ['bce+dice', 'bce+0.5*dice', '2*focal+dice+.25*tversky', 'l1+ssim', 'mse+ssim'] as const;

type Reference = (x: NdArray, y: NdArray, counted: NdArray) => number;

const pixelwise =
  (error: (x: number, y: number) => number): Reference =>
  (x, y, counted) =>
    meanOver(elementwise(x, y)(error), broadcast(counted, x.shape));

const bce = pixelwise((x, y) => -y * Math.log(logistic(x)) - (1 - y) * Math.log(logistic(-x)));

const dice: Reference = (x, y, counted) => {
  const p = elementwise(x, counted)((a, c) => c * logistic(a));
  const label = elementwise(y, counted)((b, c) => b * c);
  const overlap = total(elementwise(p, y)((a, b) => a * b));
  return 1 - (2 * overlap + 1) / (total(p) + total(label) + 1);
};

/** Wang et al. 2004, window by window: 11 x 11 pixels, of those that there are. */
const ssim: Reference = (x, y, counted) => {
  const seen = elementwise(x, y, counted)((a, b, c) => b + c * (a - b));
  const errors = build(x.shape, ([n, c, top, left]) => {
    const pixels: (readonly [weight: number, a: number, b: number])[] = [];
    for (let i = Math.max(0, top - 5); i <= Math.min(x.shape[2] - 1, top + 5); i++) {
      for (let j = Math.max(0, left - 5); j <= Math.min(x.shape[3] - 1, left + 5); j++) {
        const weight = Math.exp(-((i - top) ** 2 + (j - left) ** 2) / 4.5);
        pixels.push([weight, (at(seen, [n, c, i, j]) + 1) / 2, (at(y, [n, c, i, j]) + 1) / 2]);
      }
    }
    const whole = pixels.reduce((sum, [weight]) => sum + weight, 0);
    const expected = (f: (a: number, b: number) => number) =>
      pixels.reduce((sum, [weight, a, b]) => sum + (weight / whole) * f(a, b), 0);
    const [meanA, meanB] = [expected((a) => a), expected((_, b) => b)];
    const covariance = expected((a, b) => (a - meanA) * (b - meanB));
    const variances = expected((a, b) => (a - meanA) ** 2 + (b - meanB) ** 2);
    const alike = (2 * meanA * meanB + 1e-4) * (2 * covariance + 9e-4);
    return 1 - alike / ((meanA ** 2 + meanB ** 2 + 1e-4) * (variances + 9e-4));
  });
  return meanOver(errors, broadcast(counted, x.shape));
};

/** Lin et al. 2017, for labels between 0 and 1 as Li et al. 2020. */
const focal = pixelwise((x, y) => {
  const p = logistic(x);
  return Math.abs(y - p) ** 2 * (-y * Math.log(p) - (1 - y) * Math.log(1 - p));
});

/** Salehi et al. 2017, pixel by pixel: true positives, false positives, false negatives. */
const tversky: Reference = (x, y, counted) => {
  const rate = (f: (p: number, y: number) => number) =>
    total(elementwise(x, y, counted)((a, b, c) => c * f(logistic(a), b)));
  const hits = rate((p, b) => p * b);
  const size = hits + 0.3 * rate((p, b) => p * (1 - b)) + 0.7 * rate((p, b) => (1 - p) * b);
  return 1 - (hits + 1) / (size + 1);
};

const mse = pixelwise((x, y) => (x - y) ** 2);
const l1 = pixelwise((x, y) => Math.abs(x - y));

const references: Readonly<Record<LossName | (typeof SUMS)[number], Reference>> = {
  mse,
  l1,
  ssim,
  'l1+ssim': (...inputs) => l1(...inputs) + ssim(...inputs),
  'mse+ssim': (...inputs) => mse(...inputs) + ssim(...inputs),
  bce,
  dice,
  focal,
  tversky,
  'bce+dice': (...inputs) => bce(...inputs) + dice(...inputs),
  'bce+0.5*dice': (...inputs) => bce(...inputs) + 0.5 * dice(...inputs),
  '2*focal+dice+.25*tversky': (...inputs) =>
    2 * focal(...inputs) + dice(...inputs) + 0.25 * tversky(...inputs),
  'cross-entropy': (x, y, counted) => {
    const products = elementwise(y, logSoftmaxed(x, 1))((a, b) => -a * b);
    return meanOver(summed(products, [1]), broadcast(counted, [x.shape[0], 1, ...x.shape.slice(2)]));
  },
};

const terms = Object.keys(losses) as LossName[];
const names = [...terms, ...SUMS];
type Name = (typeof names)[number];
const lossNamed = (name: Name) => lossOf(parseLoss(name, terms));
const shape = [2, 3, 2, 3];

const outputsOf = (name: Name): InputSpec =>
  name.startsWith('l1') ? lattice(shape, 0) : uniform(shape, -3, 3);
const targetsOf = (name: Name): InputSpec =>
  name.startsWith('l1') ? lattice(shape, 0.1) : name === 'mse' ? uniform(shape) : uniform(shape, 0, 1);

const scalarOf = (value: number): NdArray => ({ shape: [], data: Float64Array.of(value) });
const everything: NdArray = { shape: [1, 1, 1, 1], data: Float64Array.of(1) };

describe.each(names)('%s', (name) => {
  const loss: Loss = lossNamed(name);
  const inputs = [outputsOf(name), targetsOf(name)];

  test('of everything', () =>
    checkCase(engine, {
      name,
      inputs,
      build: ([x, y]) => loss(x, y),
      reference: ([x, y]) => scalarOf(references[name](x, y, everything)),
    }));

  test.each([
    ['pixels', [2, 1, 2, 3], [1, 0, 0, 1, 1, 0, 0]],
    ['images', [2, 1, 1, 1], [0, 1]],
    ['nothing', [2, 1, 1, 1], [0]],
    ['everything', [1, 1, 1, 1], [1]],
  ])('of %s that count', async (what, maskShape, mask) => {
    const masked: OperatorCase = {
      name: `${name} of ${what}`,
      inputs: [...inputs, fed(given(maskShape, mask))],
      build: ([x, y, counted]) => loss(x, y, counted),
      reference: ([x, y, counted]) => scalarOf(references[name](x, y, counted)),
    };
    await checkCase(engine, masked);
  });

  test('extreme logits: finite, and so is the gradient', async () => {
    const graph = new Graph();
    const [x, y] = ['x', 'y'].map((input) => graph.input(input, [1, 2, 2, 2]));
    const value = loss(x, y);
    const [slope] = gradients(value, [x]);
    for (const scale of [80, 1e4]) {
      const found = await evaluate(
        engine,
        { loss: value, slope },
        {
          x: tensorOf(
            x.shape,
            [1, -1, 1, -1, -1, 1, 1, -1].map((sign) => sign * scale),
          ),
          y: tensorOf(y.shape, [1, 1, 0, 0, 0, 0, 1, 1]),
        },
      );
      expect([...found.loss, ...found.slope].every(Number.isFinite)).toBe(true);
    }
  });

  test('nothing counts: a finite loss, no gradient', async () => {
    const graph = new Graph();
    const [x, y] = ['x', 'y'].map((input) => graph.input(input, [2, 2, 2, 2]));
    const value = loss(x, y, graph.input('counted', [2, 1, 1, 1]));
    const [slope] = gradients(value, [x]);
    const found = await evaluate(
      engine,
      { loss: value, slope },
      {
        x: tensorOf(
          x.shape,
          Array.from({ length: 16 }, (_, i) => 80 * (-1) ** i),
        ),
        y: tensorOf(
          y.shape,
          Array.from({ length: 16 }, (_, i) => (i % 3) % 2),
        ),
        counted: tensorOf([2, 1, 1, 1], [0, 0]),
      },
    );
    expect(found.loss[0] + 0).toBe(0);
    expect(found.slope.every((element) => element === 0)).toBe(true);
  });
});

test.each(['ssim', 'l1+ssim', 'mse+ssim'] as const)('%s of images larger than a window', async (name) => {
  const large = [2, 1, 13, 18];
  const inputs =
    name === 'l1+ssim' ? [lattice(large, 0), lattice(large, 0.1)] : [uniform(large), uniform(large)];
  await checkCase(engine, {
    name,
    inputs,
    build: ([x, y]) => lossNamed(name)(x, y),
    reference: ([x, y]) => scalarOf(references[name](x, y, everything)),
  });
});

test('images are like themselves, hardly like others of their colours, and unlike their negatives', async () => {
  const image = Array.from({ length: 256 }, (_, i) => Math.sin(i * i));
  const graph = new Graph();
  const [x, y] = ['x', 'y'].map((input) => graph.input(input, [1, 1, 16, 16]));
  const of = async (other: readonly number[]) => {
    const feeds = { x: tensorOf(x.shape, other), y: tensorOf(y.shape, image) };
    return (await evaluate(engine, { loss: losses.ssim(x, y) }, feeds)).loss[0];
  };
  expect(await of(image)).toBeCloseTo(0, 6);
  expect(await of(image.toReversed())).toBeGreaterThan(0.7);
  expect(await of(image.map((value) => -value))).toBeGreaterThan(1.2);
});

test.each(
  names,
)('%s: what the output is at pixels that do not count changes neither loss nor gradient', async (name) => {
  const graph = new Graph();
  const [x, y] = ['x', 'y'].map((input) => graph.input(input, [1, 2, 4, 4]));
  const loss = lossNamed(name)(x, y, graph.input('weight', [1, 1, 4, 4]));
  const [slope] = gradients(loss, [x]);
  const weight = Array.from({ length: 16 }, (_, i) => (i % 3 === 0 ? 1 : 0));
  const run = async (rest: number) => {
    const found = await evaluate(
      engine,
      { loss, slope },
      {
        x: tensorOf(
          x.shape,
          Array.from({ length: 32 }, (_, i) => (weight[i % 16] ? Math.sin(i + 1) : rest * Math.cos(i))),
        ),
        y: tensorOf(
          y.shape,
          Array.from({ length: 32 }, (_, i) => (i % 7) / 7),
        ),
        weight: tensorOf([1, 1, 4, 4], weight),
      },
    );
    // -0 is 0.
    return { loss: found.loss, slope: found.slope.map((value) => value + 0) };
  };
  const found = await run(0.5);
  expect(await run(-0.8)).toEqual(found);
  expect(found.slope.map((value) => value !== 0)).toEqual([...weight, ...weight].map((w) => w === 1));
});

test('what does not count changes nothing', async () => {
  const graph = new Graph();
  const [x, y] = ['x', 'y'].map((input) => graph.input(input, [2, 1, 2, 2]));
  const counted = graph.input('counted', [2, 1, 1, 1]);
  const outputs = Object.fromEntries(names.map((name) => [name, lossNamed(name)(x, y, counted)]));
  const run = (rest: number) =>
    evaluate(engine, outputs, {
      x: tensorOf(x.shape, [0.5, -1, 2, 1, rest, -rest, 3 * rest, rest]),
      y: tensorOf(y.shape, [1, 0, 1, 0, 0, 1, 1, 0]),
      counted: tensorOf([2, 1, 1, 1], [1, 0]),
    });
  expect(await run(3)).toEqual(await run(-7));
});

test('dice orders masks by their overlap', async () => {
  const graph = new Graph();
  const label = tensorOf([1, 1, 1, 4], [1, 1, 0, 0]);
  const logits = [
    [9, 9, -9, -9],
    [9, -9, -9, -9],
    [-9, -9, -9, -9],
    [-9, -9, 9, 9],
  ].map((row) => graph.constant(row, [1, 1, 1, 4]));
  const y = graph.input('y', [1, 1, 1, 4]);
  const outputs = Object.fromEntries(logits.map((x, i) => [`loss${i}`, losses.dice(x, y)]));
  const found = Object.values(await evaluate(engine, outputs, { y: label })).flat();
  expect(found).toEqual([...found].sort((a, b) => a - b));
  expect(found[0]).toBeLessThan(1e-3);
});

/** Of one image of four pixels: the loss of logits against labels. */
async function lossOfFour(loss: Loss, logits: readonly number[], labels: readonly number[]): Promise<number> {
  const graph = new Graph();
  const [x, y] = ['x', 'y'].map((input) => graph.input(input, [1, 1, 1, 4]));
  const feeds = { x: tensorOf(x.shape, logits), y: tensorOf(y.shape, labels) };
  return (await evaluate(engine, { loss: loss(x, y) }, feeds)).loss[0];
}

test('focal: a quarter of the cross-entropy where the probability is 1/2, 1/100 of it where it is 0.9', async () => {
  const nine = Math.log(9);
  expect(await lossOfFour(losses.focal, [0, 0, 0, 0], [1, 0, 1, 0])).toBeCloseTo(Math.LN2 / 4, 6);
  expect(await lossOfFour(losses.focal, [nine, -nine, nine, -nine], [1, 0, 1, 0])).toBeCloseTo(
    -0.01 * Math.log(0.9),
    7,
  );
});

test('tversky: what is missed costs more than what is made up', async () => {
  // One hit and one miss: 1 - (1 + 1) / (1 + 0.7 + 1). One hit and one pixel too many: 1 - (1 + 1) / (1 + 0.3 + 1).
  const missed = await lossOfFour(losses.tversky, [80, -80, -80, -80], [1, 1, 0, 0]);
  const madeUp = await lossOfFour(losses.tversky, [80, 80, -80, -80], [1, 0, 0, 0]);
  expect(missed).toBeCloseTo(1 - 2 / 2.7, 6);
  expect(madeUp).toBeCloseTo(1 - 2 / 2.3, 6);
  expect(await lossOfFour(losses.tversky, [-80, -80, -80, -80], [0, 0, 0, 0])).toBe(0);
});

describe('a sum of losses as text', () => {
  test.each([
    ['bce+dice', 'bce+dice'],
    [' bce + 1 * dice', 'bce+dice'],
    ['focal+.50*dice', 'focal+0.5*dice'],
    ['2*tversky', '2*tversky'],
  ])('%j is %j', (given, canonical) => {
    const read = parseLoss(given, MASK_LOSSES);
    expect(formatLoss(read)).toBe(canonical);
    expect(parseLoss(canonical, MASK_LOSSES)).toEqual(read);
  });

  test.each([
    ['focall', /^loss: got "focall", expected bce, dice, focal, tversky, or a sum .*did you mean focal\?/],
    ['bce+l1', /did you mean/],
    ['bce+bce', /name each term once/],
    ['0*bce', /factors above 0/],
    ['-1*bce', /^loss: got/],
    ['bce*2', /^loss: got/],
    ['bce+', /^loss: got/],
    ['', /^loss: got/],
  ])('%j is refused', (given, message) => {
    expect(() => parseLoss(given, MASK_LOSSES)).toThrow(message);
  });

  test('a sum of one or two with factors 1 is the same graph as its terms added', () => {
    const graph = new Graph();
    const [x, y] = ['x', 'y'].map((input) => graph.input(input, [1, 1, 1, 4]));
    expect(lossNamed('bce')(x, y)).toBe(losses.bce(x, y));
    expect(lossNamed('bce+dice')(x, y)).toBe(add(losses.bce(x, y), losses.dice(x, y)));
  });
});
