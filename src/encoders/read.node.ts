import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { UserError } from '../core/errors.ts';
import type { Listener } from '../core/events.ts';
import { readNamed, sha256 } from '../core/files.node.ts';
import type { Size } from '../core/size.ts';
import { type Encoder, strideOf } from '../nn/encoder.ts';
import { ENCODER_NAMES, HUB_ENCODERS, knownEncoder, nearestEncoder } from './catalogue.ts';
import { describeEncoderFile, encoderOfBytes } from './files.node.ts';
import type { EncoderWeights } from './formats.ts';
import { cachedHubFile, obtainHubModel } from './hub.node.ts';
import { type HubModel, hubModel } from './hub.ts';
import { withInput } from './input.ts';
import { type InspectOptions, inspect, inspected } from './inspect.node.ts';
import { mobileNetV2 } from './mobilenetv2.ts';
import { obtainEncoder } from './obtain.node.ts';
import { isOnnxFile, readOnnxFile } from './onnx-file.node.ts';
import { randomEncoderFile, randomSeed } from './random.ts';

/** A frozen encoder and what identifies it. */
export interface EncoderFile extends EncoderWeights {
  /** Of the whole file. */
  readonly sha256: string;
}

/**
 * Reads an encoder.
 *
 * @param encoder the name of a known one, which is fetched if it has not been, `hf:OWNER/MODEL[@REVISION]`, `random` or
 *   `random:SEED`, or a file (docs/encoders.md)
 * @throws UserError if it is none of them, cannot be fetched, or naming the first tensor that is missing or has another shape
 */
export async function readEncoder(
  encoder: string,
  listener: Listener = {},
  options: EncoderOptions = {},
): Promise<EncoderFile> {
  if (isOnnxFile(encoder)) {
    const { sha256 } = await readOnnxFile(encoder);
    const described = await withEncoders(() => describeEncoder(encoder, options), listener);
    return { encoder: described, weights: new Map(), sha256 };
  }
  const bytes = await encoderBytes(encoder, listener);
  return { ...(await encoderOfBytes(bytes, encoder)), sha256: sha256(bytes) };
}

/** An encoder for which something has to be done before it can be said what it is. */
class NotKnown extends UserError {
  /**
   * @param obtain does it
   * @param problem what is wrong with the file that is there
   */
  constructor(
    readonly encoder: string,
    readonly obtain: (listener: Listener) => Promise<unknown>,
    readonly problem?: UserError,
  ) {
    super({
      what: encoder,
      got: 'an encoder that has not been fetched, or not been looked at',
      expected: 'one that is here, to know its network',
      fix: 'connect once, after which it is kept; or give a file',
    });
  }
}

/** What is said of an encoder beside its name. */
export interface EncoderOptions {
  /** How images are scaled for it, as `parseEncoderInput` reads it; default as in its own training. */
  readonly input?: string;
  /** Of the images: an ONNX file is looked at with such a one; default 224. */
  readonly size?: Size;
  /** Outputs of an ONNX file. */
  readonly taps?: string;
  /** Whether the image itself is the first tap of an ONNX file. */
  readonly imageSkip?: boolean;
}

/** Does what describes encoders; fetches those that have to be here for it, and looks at those that are ONNX files. */
export async function withEncoders<Result>(work: () => Result, listener: Listener = {}): Promise<Result> {
  const obtained = new Set<string>();
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof NotKnown)) throw error;
      const { encoder, problem } = error;
      if (obtained.has(encoder)) throw problem ?? error;
      obtained.add(encoder);
      await error.obtain(listener);
    }
  }
}

/**
 * The encoder that a name or a file means, without its weights: nothing is fetched, and of a file only
 * what tells it is read.
 *
 * @param encoder as `readEncoder` takes it; a model of the hub that is not listed has to be here (`withEncoders`)
 * @throws UserError if there is no such file, or it holds no encoder
 */
export function describeEncoder(encoder: string, options: EncoderOptions = {}): Encoder {
  const own = ownEncoder(encoder, options);
  const scaled = withInput(own, options.input);
  return options.imageSkip ? withImageSkip(scaled, encoder) : scaled;
}

/** @throws UserError for an encoder that is part of our graphs, and one behind which no level is as large as the image */
function withImageSkip(encoder: Encoder, name: string): Encoder {
  const { model, taps } = encoder;
  const stride = strideOf(encoder);
  if (model && Number.isInteger(Math.log2(stride)) && taps[0].stride > 1) {
    return {
      ...encoder,
      taps: [{ name: 'pixels', channels: 3, stride: 1 }, ...taps],
      model: { ...model, outputs: [[], ...model.outputs] },
    };
  }
  throw new UserError({
    what: 'imageSkip',
    got: model ? `${name}, whose strides are ${taps.map((tap) => tap.stride).join()}` : name,
    expected: 'an ONNX file whose deepest stride is a power of two, and whose first is above 1',
    fix: 'leave it out',
  });
}

/** A multiple of the usual strides, 14 as well as 32. */
const USUAL_SIZE: Size = { height: 224, width: 224 };

function ownEncoder(name: string, { size = USUAL_SIZE, taps }: EncoderOptions): Encoder {
  if (isOnnxFile(name)) return onnxEncoder(name, { size, taps });
  if (taps !== undefined) {
    throw new UserError({
      what: 'encoderTaps',
      got: `${taps} with ${name}`,
      expected: 'an ONNX file, for whose outputs it is',
      fix: 'leave it out',
    });
  }
  const model = hubModel(name);
  if (model) return encoderOnHub(name, model);
  if (randomSeed(name) !== undefined) return mobileNetV2;
  return knownEncoder(name)?.encoder ?? encoderIn(name);
}

function onnxEncoder(file: string, options: InspectOptions): Encoder {
  if (!existsSync(file)) throw noFile(file);
  const known = inspected(file, options);
  if (known) return known;
  throw new NotKnown(JSON.stringify([file, options]), () => inspect(file, options));
}

function encoderOnHub(name: string, model: HubModel): Encoder {
  const listed = HUB_ENCODERS.find((each) => each.name === name);
  const file = cachedHubFile(model);
  try {
    if (file) return encoderIn(file, name);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new NotKnown(name, (listener) => obtainHubModel(name, model, listener), error);
  }
  if (listed) return listed.encoder;
  throw new NotKnown(name, (listener) => obtainHubModel(name, model, listener));
}

/** @param name what to call it in errors */
function encoderIn(file: string, name = file): Encoder {
  if (!existsSync(file)) throw noFile(file);
  return describeEncoderFile(file, name, EXPECTED);
}

/** The file of an encoder that is no ONNX file, as `readEncoder` names it. */
export async function encoderBytes(encoder: string, listener: Listener = {}): Promise<Uint8Array> {
  const seed = randomSeed(encoder);
  if (seed !== undefined) return randomEncoderFile(seed);
  const model = hubModel(encoder);
  if (model) return obtainHubModel(encoder, model, listener);
  const known = knownEncoder(encoder);
  return known ? obtainEncoder(known, listener) : readFile(encoder);
}

const EXPECTED = `weights of an encoder (.safetensors, .pth, .h5, .onnx), or a known encoder (${ENCODER_NAMES.join(', ')})`;

function readFile(path: string): Promise<Uint8Array> {
  if (existsSync(path)) return readNamed(path, EXPECTED);
  throw noFile(path);
}

function noFile(path: string): UserError {
  return new UserError({
    what: path,
    got: 'no such file',
    expected: EXPECTED,
    fix: `check the path, or did you mean ${nearestEncoder(basename(path))}?`,
  });
}
