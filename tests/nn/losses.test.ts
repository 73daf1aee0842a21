import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Graph } from '../../src/graph/graph.ts';
import { formatLoss, lossOf, parseLoss } from '../../src/nn/loss-sum.ts';
import { exclusiveLosses, type Loss, losses, MASK_LOSSES } from '../../src/nn/losses.ts';
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
  sliced,
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

/** Of probabilities: the mean over the channels of which there is something, each in the part that there is. */
const overChannels =
  (ofChannel: Reference): Reference =>
  (p, y, counted) => {
    const channels = p.shape[1];
    const whole = broadcast(counted, [p.shape[0], 1, ...p.shape.slice(2)]);
    const parts = Array.from({ length: channels }, (_, c) => {
      const [own, label] = [p, y].map((each) => sliced(each, 1, c, c + 1));
      const present = Math.min(1, total(elementwise(label, whole)((b, n) => b * n)));
      return { present, value: ofChannel(own, label, whole) };
    });
    if (channels === 1) return parts[0].value;
    const present = parts.reduce((sum, part) => sum + part.present, 0);
    return parts.reduce((sum, part) => sum + part.present * part.value, 0) / Math.max(1, present);
  };

/** Of one channel of probabilities. */
const diceOf: Reference = (p, y, counted) => {
  const sumOf = (f: (a: number, b: number) => number) =>
    total(elementwise(p, y, counted)((a, b, n) => n * f(a, b)));
  return 1 - (2 * sumOf((a, b) => a * b) + 1) / (sumOf((a) => a) + sumOf((_, b) => b) + 1);
};
const dice: Reference = (x, y, counted) => overChannels(diceOf)(elementwise(x)(logistic), y, counted);

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

/** Salehi et al. 2017, pixel by pixel: true positives, false positives, false negatives; of one channel of probabilities. */
const tverskyOf: Reference = (x, y, counted) => {
  const rate = (f: (p: number, y: number) => number) =>
    total(elementwise(x, y, counted)((a, b, c) => c * f(a, b)));
  const hits = rate((p, b) => p * b);
  const size = hits + 0.3 * rate((p, b) => p * (1 - b)) + 0.7 * rate((p, b) => (1 - p) * b);
  return 1 - (hits + 1) / (size + 1);
};
const tversky: Reference = (x, y, counted) => overChannels(tverskyOf)(elementwise(x)(logistic), y, counted);

const mse = pixelwise((x, y) => (x - y) ** 2);
const l1 = pixelwise((x, y) => Math.abs(x - y));

const references: Readonly<Record<keyof typeof losses | (typeof SUMS)[number], Reference>> = {
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
};

/** What each class counts. */
const WEIGHTS = [0.5, 2, 1.25];

/** Of classes of which each pixel has one, the first the background. */
const exclusiveReferences: Readonly<Record<keyof ReturnType<typeof exclusiveLosses>, Reference>> = {
  'cross-entropy': weightedOver((log) => -log),
  focal: weightedOver((log) => -((1 - Math.exp(log)) ** 2) * log),
  dice: (...inputs) => overChannels(diceOf)(...foregroundOf(...inputs)),
  tversky: (...inputs) => overChannels(tverskyOf)(...foregroundOf(...inputs)),
};

/** The mean over pixels of what the logarithm of the probability of their class costs, each counting as its class does. */
function weightedOver(cost: (log: number) => number): Reference {
  return (x, y, counted) => {
    const log = summed(
      elementwise(y, logSoftmaxed(x, 1))((b, l) => b * l),
      [1],
    );
    const ofClass = build(y.shape, ([n, c, i, j]) => at(y, [n, c, i, j]) * WEIGHTS[c]);
    const weight = elementwise(summed(ofClass, [1]), broadcast(counted, log.shape))((w, n) => w * n);
    return meanOver(elementwise(log)(cost), weight);
  };
}

/** Probabilities and targets of all classes but the first. */
function foregroundOf(x: NdArray, y: NdArray, counted: NdArray): [NdArray, NdArray, NdArray] {
  const p = elementwise(logSoftmaxed(x, 1))(Math.exp);
  return [sliced(p, 1, 1, x.shape[1]), sliced(y, 1, 1, x.shape[1]), counted];
}

const terms = Object.keys(losses) as (keyof typeof losses)[];
const names = [...terms, ...SUMS];
type Name = (typeof names)[number];
const lossNamed = (name: Name) => lossOf(parseLoss(name, terms), losses);
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

describe('of classes of which each pixel has one', () => {
  const ofClasses = exclusiveLosses({ background: true, weights: WEIGHTS });
  // Of twelve pixels: which class each is of; one has none, as unknown pixels have.
  const labels = [0, 1, 2, 0, 0, 2, 2, 1, 1, 0, 3, 0];
  const oneHot = Array.from({ length: 36 }, (_, i) => {
    const [n, c, pixel] = [Math.floor(i / 18), Math.floor(i / 6) % 3, i % 6];
    return labels[6 * n + pixel] === c ? 1 : 0;
  });
  const known = labels.map((label) => (label === 3 ? 0 : 1));

  test.each(Object.keys(ofClasses) as (keyof typeof ofClasses)[])('%s', async (name) => {
    const inputs = [uniform(shape, -3, 3), fed(given(shape, oneHot))];
    await checkCase(engine, {
      name,
      inputs,
      build: ([x, y]) => ofClasses[name](x, y, undefined),
      reference: ([x, y]) => scalarOf(exclusiveReferences[name](x, y, everything)),
    });
    await checkCase(engine, {
      name: `${name} of known pixels`,
      inputs: [...inputs, fed(given([2, 1, 2, 3], known))],
      build: ([x, y, counted]) => ofClasses[name](x, y, counted),
      reference: ([x, y, counted]) => scalarOf(exclusiveReferences[name](x, y, counted)),
    });
  });

  test('weights of classes count by their ratios, however small they are', async () => {
    const graph = new Graph();
    const logits = graph.constant([0.3, -2, 1.7, 0.1, 1, 0.5], [1, 3, 1, 2]);
    const target = graph.constant([1, 0, 0, 0, 0, 1], [1, 3, 1, 2]);
    const weighed = (scale: number) =>
      exclusiveLosses({ background: true, weights: WEIGHTS.map((weight) => scale * weight) })[
        'cross-entropy'
      ];
    const [whole, small] = [1, 1e-3].map((scale) => weighed(scale)(logits, target, undefined));
    const found = await evaluate(engine, { whole, small }, {});
    expect(found.small[0]).toBeCloseTo(found.whole[0], 5);
  });

  test('of two classes with logits 0 and x it is what one class with logit x has', async () => {
    const graph = new Graph();
    const values = [0.3, -2, 1.7, 0.1];
    const mask = [1, 0, 1, 0];
    const x = graph.constant(values, [1, 1, 1, 4]);
    const y = graph.constant(mask, [1, 1, 1, 4]);
    const both = graph.constant([0, 0, 0, 0, ...values], [1, 2, 1, 4]);
    const sides = graph.constant([...mask.map((label) => 1 - label), ...mask], [1, 2, 1, 4]);
    const two = exclusiveLosses({ background: true });
    const found = await evaluate(
      engine,
      {
        ...{ bce: losses.bce(x, y), crossEntropy: two['cross-entropy'](both, sides, undefined) },
        ...{ dice: losses.dice(x, y), diceOfTwo: two.dice(both, sides) },
        ...{ focal: losses.focal(x, y), focalOfTwo: two.focal(both, sides, undefined) },
      },
      {},
    );
    expect(found.crossEntropy[0]).toBeCloseTo(found.bce[0], 6);
    expect(found.diceOfTwo[0]).toBeCloseTo(found.dice[0], 6);
    expect(found.focalOfTwo[0]).toBeCloseTo(found.focal[0], 6);
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
    ['bce+0.0000001*dice', 'bce+1e-7*dice'],
    ['1e+3*bce+dice', '1000*bce+dice'],
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
    ['1e999*bce', /factors above 0/],
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
