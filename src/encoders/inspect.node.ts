import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import { formatShape, sizeOf } from '../core/shape.ts';
import type { Size } from '../core/size.ts';
import type { Tensor } from '../core/tensor.ts';
import type { Encoder, EncoderInput, ModelOutput } from '../nn/encoder.ts';
import { Engine, type FileFacts, type FileTensor, type Session } from '../runtime/engine.node.ts';
import { readOnnxFile } from './onnx-file.node.ts';
import { type OutputChoice, parseEncoderTaps } from './taps.ts';

/** How a model that is an encoder is looked at. */
export interface InspectOptions {
  /** Of the images; what a model makes may depend on it. */
  readonly size: Size;
  /** The outputs that are wanted, as `parseEncoderTaps` reads them; all that can be used, if nothing is said. */
  readonly taps?: string;
}

/** Encoders that have been looked at in this process, by file, its state, and options. */
const known = new Map<string, Encoder>();

function keyOf(file: string, { size, taps }: InspectOptions): string {
  const state = statSync(file, { throwIfNoEntry: false });
  return JSON.stringify([resolve(file), state?.size, state?.mtimeMs, size.height, size.width, taps]);
}

/** The encoder that an ONNX file is, if it has been looked at before. */
export function inspected(file: string, options: InspectOptions): Encoder | undefined {
  return known.get(keyOf(file, options));
}

/**
 * Runs a model once, on zeros, to see what it makes of images of a size.
 *
 * @throws UserError for a file that is no model, and a model that takes no such images or makes nothing that can be used
 */
export async function inspect(file: string, options: InspectOptions): Promise<Encoder> {
  const key = keyOf(file, options);
  const { input } = await readOnnxFile(file);
  const engine = new Engine({ threads: 1 });
  try {
    const session = await loaded(engine, file);
    const image = imageInput(file, session, options.size);
    const made = await onZeros(session, file, image, options.size);
    expectSame(file, made, await onZeros(session, file, image, options.size));
    const encoder = encoderOf(file, { image, input, made }, options);
    known.set(key, encoder);
    return encoder;
  } finally {
    await engine.close();
  }
}

async function loaded(engine: Engine, file: string): Promise<Session & FileFacts> {
  try {
    return await engine.loadFile(resolve(file));
  } catch (error) {
    throw new UserError({
      what: file,
      got: `a model that cannot be loaded (${firstLine(error)})`,
      expected: 'one that ONNX Runtime runs',
      fix: 'export it again, in float32 and with its data beside it',
    });
  }
}

/** The one input of a model, which takes one image of a size. */
function imageInput(file: string, { inputs }: FileFacts, { height, width }: Size): string {
  const [input, ...others] = inputs;
  const told = (each: FileTensor) => `${each.name} ${each.type} [${each.shape.join()}]`;
  const wanted = [1, 3, height, width];
  const { type, shape } = input ?? { type: 'none', shape: [] };
  const fits =
    type === 'float32' &&
    shape.length === 4 &&
    shape.every((extent, axis) => typeof extent !== 'number' || extent <= 0 || extent === wanted[axis]);
  if (fits && others.length === 0) return input.name;
  throw new UserError({
    what: `${file}: inputs`,
    got: inputs.map(told).join(', ') || 'none',
    expected: `one for images, float32 [1, 3, ${height}, ${width}], or with these axes open`,
    fix: others.length > 0 ? 'export it with one input' : fixOf(shape, wanted),
  });
}

function fixOf(shape: FileTensor['shape'], wanted: readonly number[]): string {
  const [batch, channels, height, width] = shape;
  const sized = typeof height === 'number' && typeof width === 'number' && height > 0 && width > 0;
  const others = [batch, channels].every((x, axis) => typeof x !== 'number' || x <= 0 || x === wanted[axis]);
  return shape.length === 4 && others && sized
    ? `pass --size ${height}x${width}`
    : 'export the model for batches and images of any size';
}

async function onZeros(session: Session, file: string, input: string, { height, width }: Size) {
  const shape = [1, 3, height, width];
  try {
    return await session.run({ [input]: { shape, data: new Float32Array(sizeOf(shape)) } });
  } catch (error) {
    throw new UserError({
      what: file,
      got: `an error for an image of ${height}x${width} (${firstLine(error)})`,
      expected: 'a model that takes images of this size',
      fix: 'pass another --size, such as that of its training',
    });
  }
}

/** @throws UserError for a model that is random: its features would be others each time */
function expectSame(file: string, made: Outputs, again: Outputs): void {
  const other = Object.keys(made).find((name) => {
    const [a, b] = [made, again].map(({ [name]: { data } }) =>
      Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    );
    return !a.equals(b);
  });
  if (other === undefined) return;
  throw new UserError({
    what: `${file}: output ${other}`,
    got: 'other numbers when it is run again',
    expected: 'a model that makes the same of the same image',
    fix: 'export it in evaluation mode, in which nothing is random',
  });
}

type Outputs = Readonly<Record<string, Tensor>>;

const firstLine = (error: unknown) => (error instanceof Error ? error.message : String(error)).split('\n')[0];

/** An output as a map of features. */
interface FeatureMap {
  readonly output: ModelOutput;
  readonly channels: number;
  readonly stride: number;
}

/** What is known of a model. */
interface Known {
  readonly image: string;
  readonly input: EncoderInput;
  readonly made: Outputs;
}

function encoderOf(file: string, { image, input, made }: Known, { size, taps }: InspectOptions): Encoder {
  const chosen = taps === undefined ? undefined : parseEncoderTaps(taps);
  const maps = chosen
    ? chosen.map((choice) => chosenMap(file, choice, made, size))
    : withoutPooled(
        Object.entries(made).flatMap(([name, { shape }]) => mapOf({ name }, shape, size) ?? []),
        size,
      );
  if (maps.length === 0) {
    throw new UserError({
      what: `${file}: outputs`,
      got: toldOf(made),
      expected: `feature maps [1, C, ${size.height}/s, ${size.width}/s], or tokens [1, T, C]`,
      fix: 'export the model so that it gives its feature maps or tokens',
    });
  }
  const strides = [...new Set(maps.map(({ stride }) => stride))].sort((a, b) => a - b);
  expectDoublings(file, strides);
  const groups = strides.map((stride) => {
    const group = maps.filter((map) => map.stride === stride);
    // The last one is the deepest, if nothing is said.
    return { stride, group: chosen ? group : group.slice(-1) };
  });
  return {
    name: basename(file),
    taps: groups.map(({ stride, group }) => ({
      name: `stride_${stride}`,
      channels: group.reduce((sum, { channels }) => sum + channels, 0),
      stride,
    })),
    input,
    tensors: [],
    model: {
      file: resolve(file),
      input: image,
      outputs: groups.map(({ group }) => group.map(({ output }) => output)),
    },
    build: () => {
      throw new Error(`${file}: got a model of its own to build, expected an encoder of ours`);
    },
  };
}

/**
 * Where there are larger maps one of a single pixel is a mean over the image, unless it was asked for, or is the next level after them: of twice
 * the stride and with channels of its own, as in small images.
 */
function withoutPooled(maps: readonly FeatureMap[], { height, width }: Size): readonly FeatureMap[] {
  const larger = maps.filter(({ stride }) => stride < Math.max(height, width));
  if (larger.length === 0) return maps;
  const deepest = Math.max(...larger.map(({ stride }) => stride));
  const known = larger.filter(({ stride }) => stride === deepest).map(({ channels }) => channels);
  return maps.filter(
    (map) => larger.includes(map) || (map.stride === 2 * deepest && !known.includes(map.channels)),
  );
}

function chosenMap(file: string, choice: OutputChoice, made: Outputs, size: Size): FeatureMap {
  const own = Object.hasOwn(made, choice.whole);
  const name = own ? choice.whole : choice.name;
  const found = made[name] && mapOf(own ? { name } : choice, made[name].shape, size);
  if (found) return found;
  throw new UserError({
    what: `encoderTaps: ${name}`,
    got: made[name] ? formatShape(made[name].shape) : `no such output of ${file}`,
    expected: made[name]
      ? `[1, C, ${size.height}/s, ${size.width}/s], or tokens of a map beside those that are left out`
      : `of its outputs: ${toldOf(made)}`,
  });
}

const toldOf = (made: Outputs) =>
  Object.entries(made)
    .map(([name, { shape }]) => `${name} ${formatShape(shape)}`)
    .join(', ') || 'none of float32';

/** An output as a map; undefined if it is none. */
function mapOf(
  choice: Pick<OutputChoice, 'name' | 'dropped'>,
  shape: readonly number[],
  size: Size,
): FeatureMap | undefined {
  const { height, width } = size;
  if (shape[0] !== 1) return undefined;
  if (shape.length === 4) {
    const [, channels, h, w] = shape;
    const stride = height / h;
    return Number.isInteger(stride) && stride === width / w
      ? { output: { name: choice.name }, channels, stride }
      : undefined;
  }
  if (shape.length !== 3) return undefined;
  const [, tokens, channels] = shape;
  const stride = patchOf(tokens, choice.dropped, size);
  if (stride === undefined) return undefined;
  const dropped = tokens - (height / stride) * (width / stride);
  return { output: { name: choice.name, dropped }, channels, stride };
}

/** A class token and registers: more have not been seen. */
const MOST_DROPPED = 16;

/** The size of patches: the smallest that comes to no more tokens than there are. */
function patchOf(tokens: number, dropped: number | undefined, { height, width }: Size): number | undefined {
  const most = Math.min(height, width);
  for (let patch = 1; patch <= most; patch++) {
    if (height % patch || width % patch) continue;
    const rest = tokens - (height / patch) * (width / patch);
    if (dropped === undefined ? rest >= 0 : rest === dropped) {
      return rest <= (dropped ?? MOST_DROPPED) ? patch : undefined;
    }
  }
  return undefined;
}

/** @throws UserError unless each map is half, a quarter, .. of those that are shallower, and a decoder can enlarge the deepest */
function expectDoublings(file: string, strides: readonly number[]): void {
  const deepest = strides[strides.length - 1];
  const fits = deepest >= 4 && deepest < 128;
  if (fits && strides.every((stride) => Number.isInteger(Math.log2(deepest / stride)))) return;
  throw new UserError({
    what: `${file}: strides of its outputs`,
    got: strides.join(', '),
    expected: 'one from 4 to 127, and that halved, again and again',
    fix: 'choose outputs with --encoder-taps',
  });
}
