import { RandomStream } from '../../src/core/random.ts';

/** A weight of a TensorFlow.js model, in TensorFlow's layout. */
interface Weight {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** Values (y, x, c) at `data[(y * width + x) * channels + c]`. */
interface Planes {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Float64Array;
}

interface Manifest {
  readonly paths: string[];
  readonly weights: { name: string; shape: number[]; dtype: string }[];
}

/** The weights of a TensorFlow.js model by their own names, read value by value. */
export function readWeights(files: ReadonlyMap<string, Uint8Array>): Map<string, Weight> {
  const { weightsManifest } = JSON.parse(Buffer.from(files.get('model.json')!).toString()) as {
    weightsManifest: Manifest[];
  };
  const result = new Map<string, Weight>();
  for (const { paths, weights } of weightsManifest) {
    const bytes = Buffer.concat(paths.map((path) => files.get(path)!));
    let at = 0;
    for (const { name, shape, dtype } of weights) {
      const data = new Float64Array(shape.reduce((product, extent) => product * extent, 1));
      for (let i = 0; i < data.length; i++, at += 4) {
        data[i] = dtype === 'float32' ? bytes.readFloatLE(at) : bytes.readInt32LE(at);
      }
      result.set(name, { shape, data });
    }
  }
  return result;
}

/** Repeats, channels and first stride of each stage (Sandler et al. 2018, table 2); all but the first expand by 6. */
const STAGES = [
  [1, 16, 1],
  [2, 24, 2],
  [3, 32, 2],
  [4, 64, 2],
  [3, 96, 1],
  [3, 160, 2],
  [1, 320, 1],
] as const;

const blocks = STAGES.flatMap(([repeats, channels, stride]) =>
  Array.from({ length: repeats }, (_, i) => ({ channels, stride: i === 0 ? stride : 1 })),
).map((block, i) => ({ ...block, scope: `MobilenetV2/expanded_conv${i === 0 ? '' : `_${i}`}` }));

/**
 * MobileNetV2 in plain float64 loops, from TensorFlow's weights by TensorFlow's names, as a network of stride 32.
 *
 * @param image RGB in [-1, 1]
 * @returns blocks 1, 3, 6 and 13 after their expansion, and the last block's output
 */
export function forward(weights: ReadonlyMap<string, Weight>, image: Planes): Planes[] {
  const norm = (scope: string, x: Planes, what: string, apply: (value: number, by: number) => number) => {
    const { data } = weights.get(`${scope}/BatchNorm/FusedBatchNorm/${what}`)!;
    return { ...x, data: x.data.map((value, i) => apply(value, data[i % x.channels])) };
  };
  const shifted = (scope: string, x: Planes) => norm(scope, x, 'Offset', (value, by) => value + by);
  const scaled = (scope: string, x: Planes) => norm(scope, x, 'Scaled', (value, by) => value * by);
  const dense = (scope: string, x: Planes, stride = 1) =>
    shifted(scope, convolve(x, weights.get(`${scope}/Conv2D/merged_input`)!, stride));

  const taps: Planes[] = [];
  let x = relu6(dense('MobilenetV2/Conv', image, 2));
  for (const [i, { scope, stride }] of blocks.entries()) {
    const start = x;
    if (i > 0) x = relu6(dense(`${scope}/expand`, x));
    if ([1, 3, 6, 13].includes(i)) taps.push(x);
    const kernel = weights.get(`${scope}/depthwise/depthwise_weights`)!;
    const filtered = scaled(`${scope}/depthwise`, convolveEach(x, kernel, stride));
    x = relu6(shifted(`${scope}/depthwise`, filtered));
    x = dense(`${scope}/project`, x);
    if (stride === 1 && x.channels === start.channels) {
      x = { ...x, data: x.data.map((value, j) => value + start.data[j]) };
    }
  }
  return [...taps, x];
}

const relu6 = (x: Planes): Planes => ({ ...x, data: x.data.map((value) => Math.min(6, Math.max(0, value))) });

/** Calls back with each place of a kernel on an image under TensorFlow's SAME padding: output, tap and input pixel. */
function slide(
  { height, width }: Planes,
  [kh, kw]: readonly number[],
  stride: number,
  visit: (output: number, tap: number, input: number) => void,
) {
  const [oh, ow] = [Math.ceil(height / stride), Math.ceil(width / stride)];
  const above = Math.floor(Math.max(0, (oh - 1) * stride + kh - height) / 2);
  const left = Math.floor(Math.max(0, (ow - 1) * stride + kw - width) / 2);
  for (let y = 0; y < oh; y++)
    for (let x = 0; x < ow; x++)
      for (let i = 0; i < kh; i++)
        for (let j = 0; j < kw; j++) {
          const [row, column] = [y * stride + i - above, x * stride + j - left];
          if (row >= 0 && row < height && column >= 0 && column < width)
            visit(y * ow + x, i * kw + j, row * width + column);
        }
  return { height: oh, width: ow };
}

/** Kernel [height, width, in, out]. */
function convolve(x: Planes, { shape, data: kernel }: Weight, stride: number): Planes {
  const [, , into, out] = shape;
  const data = new Float64Array(Math.ceil(x.height / stride) * Math.ceil(x.width / stride) * out);
  const extent = slide(x, shape, stride, (output, tap, input) => {
    for (let c = 0; c < into; c++) {
      const value = x.data[input * into + c];
      for (let o = 0; o < out; o++) data[output * out + o] += value * kernel[(tap * into + c) * out + o];
    }
  });
  return { ...extent, channels: out, data };
}

/** Kernel [height, width, channels, 1]. */
function convolveEach(x: Planes, { shape, data: kernel }: Weight, stride: number): Planes {
  const { channels } = x;
  const data = new Float64Array(Math.ceil(x.height / stride) * Math.ceil(x.width / stride) * channels);
  const extent = slide(x, shape, stride, (output, tap, input) => {
    for (let c = 0; c < channels; c++) {
      data[output * channels + c] += x.data[input * channels + c] * kernel[tap * channels + c];
    }
  });
  return { ...extent, channels, data };
}

/** The files of a TensorFlow.js model like the real one, its values made up; two shards, and a weight of another type. */
export function makeUpModel(): Map<string, Uint8Array> {
  const weights: { name: string; shape: number[]; dtype: string; scale: number; middle: number }[] = [];
  const add = (name: string, shape: number[], scale: number, middle = 0) =>
    weights.push({ name, shape, dtype: 'float32', scale, middle });
  const dense = (scope: string, size: number, from: number, to: number) => {
    add(`${scope}/BatchNorm/FusedBatchNorm/Offset`, [to], 0.1);
    add(`${scope}/Conv2D/merged_input`, [size, size, from, to], Math.sqrt(6 / (size * size * from)));
  };
  dense('MobilenetV2/Conv', 3, 3, 32);
  let channels = 32;
  for (const [i, block] of blocks.entries()) {
    const hidden = i === 0 ? channels : 6 * channels;
    if (i > 0) dense(`${block.scope}/expand`, 1, channels, hidden);
    const depthwise = `${block.scope}/depthwise`;
    weights.push({ name: `${depthwise}/crops`, shape: [2, 2], dtype: 'int32', scale: 0, middle: 0 });
    add(`${depthwise}/depthwise_weights`, [3, 3, hidden, 1], 0.8);
    add(`${depthwise}/BatchNorm/FusedBatchNorm/Scaled`, [hidden], 0.5, 1);
    add(`${depthwise}/BatchNorm/FusedBatchNorm/Offset`, [hidden], 0.1);
    dense(`${block.scope}/project`, 1, hidden, block.channels);
    channels = block.channels;
  }
  const random = new RandomStream('TensorFlow');
  const values = weights.flatMap(({ shape, scale, middle }) =>
    Array.from(
      { length: shape.reduce((product, extent) => product * extent, 1) },
      () => middle + scale * (2 * random.uniform() - 1),
    ),
  );
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  const paths = ['shard1', 'shard2'];
  const described = weights.map(({ name, shape, dtype }) => ({ name, shape, dtype }));
  const model = { weightsManifest: [{ paths, weights: described }] };
  return new Map([
    ['model.json', Buffer.from(JSON.stringify(model))],
    // Cut within a value.
    ['shard1', bytes.subarray(0, 4_000_002)],
    ['shard2', bytes.subarray(4_000_002)],
  ]);
}
