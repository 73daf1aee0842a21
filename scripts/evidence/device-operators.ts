// Convolutions and pools of drawn shapes with their gradients, on a device beside the processor:
//
//   npx tsx scripts/evidence/device-operators.ts --device webgpu --seconds 300 --seed 1
//
// A fault is an output that differs by more than 1e-4 of its largest value. docs/gpu.md has what came of it.
import { parseArgs } from 'node:util';
import { RandomStream } from '../../src/core/random.ts';
import { type Shape, sizeOf } from '../../src/core/shape.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { Graph, type Value } from '../../src/graph/graph.ts';
import { conv, convTranspose } from '../../src/ops/conv.ts';
import { square } from '../../src/ops/elementwise.ts';
import { gradients } from '../../src/ops/index.ts';
import { maxPool } from '../../src/ops/pool.ts';
import { scalar, sum } from '../../src/ops/reduce.ts';
import { passes } from '../../src/passes/index.ts';
import type { Device } from '../../src/runtime/device.ts';
import { Engine } from '../../src/runtime/engine.node.ts';
import { largestPart } from '../../src/runtime/self-check.ts';

const { values } = parseArgs({
  options: {
    device: { type: 'string', default: 'webgpu' },
    seconds: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
  },
});
const TOLERANCE = 1e-4;
const stream = new RandomStream('device operators', Number(values.seed));
const among = <Item>(items: readonly Item[]): Item => items[stream.integer(items.length)];

const CHANNELS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 20, 24, 32];
const EXTENTS = [1, 2, 3, 4, 5, 7, 8, 9, 16];

/** A drawn application of an operator, or undefined where its shapes do not fit. */
function drawnCase() {
  const operator = among([conv, conv, convTranspose]);
  const groups = among([1, 1, 1, 2, 3, 4, 8, 16]);
  const [inputs, outputs] = [among(CHANNELS), among(CHANNELS)].map((count) =>
    groups > 3 ? Math.min(count, 5) : count,
  );
  const kernel = [among([1, 2, 3, 3, 5]), among([1, 2, 3, 3, 5])];
  const padding = Array.from({ length: 4 }, (_, side) => stream.integer(Math.min(kernel[side % 2], 3)));
  const options = {
    padding: padding as [number, number, number, number],
    stride: among([1, 1, 2]),
    dilation: among([1, 1, 1, 2]),
    groups,
  };
  const x = [among([1, 2, 3, 8]), groups * inputs, among(EXTENTS), among(EXTENTS)];
  const w = operator === conv ? [groups * outputs, inputs, ...kernel] : [groups * inputs, outputs, ...kernel];
  const pool = { kernel: among([2, 3]), stride: among([1, 2]) };
  if (stream.integer(6) === 0) {
    const text = `maxPool x ${x} ${JSON.stringify(pool)}`;
    return { text, shapes: [x], apply: ([image]: readonly Value[]) => maxPool(image, pool) };
  }
  return {
    text: `${operator.name} x ${x} w ${w} ${JSON.stringify(options)}`,
    shapes: [x, w],
    apply: ([image, weights]: readonly Value[]) => operator(image, weights, options),
  };
}

function drawn(shape: Shape): Tensor {
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, () => stream.normal()) };
}

const engines = [
  new Engine({ threads: 1, kernels: 'plain' }),
  new Engine({ threads: 1, device: values.device as Device }),
];
const until = Date.now() + 1000 * Number(values.seconds);
let tried = 0;
let faults = 0;
while (Date.now() < until) {
  const { text, shapes, apply } = drawnCase();
  const feeds = Object.fromEntries(shapes.map((shape, i) => [`x${i}`, drawn(shape)]));
  let outputs: Readonly<Record<string, Value>>;
  try {
    const graph = new Graph(passes);
    const inputs = shapes.map((shape, i) => graph.input(`x${i}`, shape));
    const y = apply(inputs);
    if (y.shape.some((extent) => extent < 1)) continue;
    const found = gradients(scalar(sum(square(y))), inputs);
    outputs = { y, ...Object.fromEntries(found.map((value, i) => [`gradient ${i}`, value])) };
  } catch {
    // Shapes that do not fit.
    continue;
  }
  tried++;
  try {
    const results: Float32Array[][] = [];
    for (const engine of engines) {
      const session = await engine.load({ outputs });
      const copies = Object.entries(feeds).map(([name, { shape, data }]) => [
        name,
        { shape, data: data.slice() },
      ]);
      const made = await session.run(Object.fromEntries(copies));
      await session.release();
      results.push(Object.keys(outputs).map((name) => made[name].data));
    }
    const difference = largestPart(results[0], results[1]);
    if (difference <= TOLERANCE) continue;
    faults++;
    console.log(`${text}: ${difference.toExponential(1)}`);
  } catch (error) {
    faults++;
    console.log(`${text}: ${(error as Error).message}`);
  }
}
for (const engine of engines) await engine.close();
console.log(`${tried} tried, ${faults} faults`);
process.exitCode = faults > 0 ? 1 : 0;
