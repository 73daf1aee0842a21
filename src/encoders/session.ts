import { UserError } from '../core/errors.ts';
import { sizeOf } from '../core/shape.ts';
import type { Tensor, Tensors } from '../core/tensor.ts';
import type { Program } from '../graph/program.ts';
import type { Encoder, EncoderInput, EncoderModel, ModelOutput } from '../nn/encoder.ts';
import { type Batches, encoderGraph, tapShapes } from '../nn/features.ts';
import type { Engine, Session } from '../runtime/engine.ts';

/**
 * What makes an encoder's taps of images: a graph of ours, or the encoder's own model.
 *
 * @returns a session with the input `image` [N, 3, H, W], in [-1, 1], and the taps as outputs
 */
export function loadEncoder(
  engine: Engine,
  encoder: Encoder,
  weights: Tensors,
  batches: Batches,
): Promise<Session> {
  return encoder.model
    ? loadModel(engine, encoder, encoder.model, batches)
    : engine.load(encoderGraph(encoder, weights, batches));
}

/**
 * Loads a program of a network. Where the encoder is a model of its own, that runs in front of it: the program is fed the
 * taps in place of `image`.
 *
 * @returns a session that takes `image`, or the taps
 */
export async function loadWithEncoder(
  engine: Engine,
  program: Program,
  encoder: Encoder,
  batches: Batches,
): Promise<Session> {
  const session = await engine.load(program);
  if (!encoder.model) return session;
  let front: Promise<Session> | undefined;
  return {
    run: async ({ image, ...rest }) => {
      if (!image) return session.run(rest);
      front ??= loadModel(engine, encoder, encoder.model!, batches);
      return session.run({ ...(await (await front).run({ image })), ...rest });
    },
    release: async () => {
      await (await front)?.release();
      await session.release();
    },
  };
}

/** Images are encoded one by one: then it does not matter in which batch one is, and models of one image work, too. */
async function loadModel(
  engine: Engine,
  encoder: Encoder,
  { file, input, outputs }: EncoderModel,
  batches: Batches,
): Promise<Session> {
  const names = [...new Set(outputs.flat().map(({ name }) => name))];
  if (!engine.loadFile) throw new Error(`${file}: got an engine without files, expected one that loads them`);
  const session = await engine.loadFile(file, names);
  const { batch, height, width } = batches;
  const shapes = [...tapShapes(encoder, batches)];
  const each = 3 * height * width;
  return {
    run: async ({ image }) => {
      const taps = shapes.map(([, shape]) => ({ shape, data: new Float32Array(sizeOf(shape)) }));
      for (let i = 0; i < batch; i++) {
        const pixels = image.data.subarray(i * each, (i + 1) * each);
        const data = normalised(pixels, encoder.input);
        const made = await session.run({ [input]: { shape: [1, 3, height, width], data } });
        for (const name of names) expectNumbers(made[name].data, `${file}: output ${name}`);
        for (const [t, { data }] of taps.entries()) {
          const own = outputs[t].length > 0 ? mapOf(outputs[t], made) : pixels;
          data.set(own, (i * data.length) / batch);
        }
      }
      return Object.fromEntries(shapes.map(([name], t) => [name, taps[t]]));
    },
    release: () => session.release(),
  };
}

/** @throws UserError for what is not finite: nothing can be learned from it */
function expectNumbers(values: Float32Array, what: string): void {
  // 0 times what is not finite is NaN, and NaN stays: a few times faster than to look at each number.
  let zero = 0;
  for (let i = 0; i < values.length; i++) zero += 0 * values[i];
  if (zero === 0) return;
  throw new UserError({
    what,
    got: 'values that are not finite, such as NaN',
    expected: 'numbers',
    fix: 'look at the model: it makes them of this image before anything is trained',
  });
}

/** @param image [3, H, W] in [-1, 1] */
function normalised(image: Float32Array, { mean, std }: EncoderInput): Float32Array {
  const area = image.length / 3;
  return image.map((value, i) => {
    const c = Math.floor(i / area);
    return ((value + 1) / 2 - mean[c]) / std[c];
  });
}

/** The outputs of which a tap is made, one after another: [C, h, w]. */
function mapOf(outputs: readonly ModelOutput[], made: Readonly<Record<string, Tensor>>): Float32Array {
  const parts = outputs.map(({ name, dropped }) =>
    dropped === undefined ? made[name].data : mapOfTokens(made[name], dropped),
  );
  if (parts.length === 1) return parts[0];
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const part of parts) {
    whole.set(part, start);
    start += part.length;
  }
  return whole;
}

/** Tokens [1, T, C] without the first ones, as [C, T - dropped]. */
function mapOfTokens({ shape: [, tokens, channels], data }: Tensor, dropped: number): Float32Array {
  const count = tokens - dropped;
  const map = new Float32Array(channels * count);
  for (let t = 0; t < count; t++) {
    const start = (t + dropped) * channels;
    for (let c = 0; c < channels; c++) map[c * count + t] = data[start + c];
  }
  return map;
}
