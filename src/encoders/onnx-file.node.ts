import { createHash } from 'node:crypto';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { type GraphProto, type ModelProto, ModelProtoSchema, type TensorProto } from 'onnx-buf';
import { UserError } from '../core/errors.ts';
import { readNamed, sha256 } from '../core/files.node.ts';
import { type EncoderInput, IMAGENET_INPUT, SYMMETRIC_INPUT, UNIT_INPUT } from '../nn/encoder.ts';
import { threeNumbers } from './input.ts';

/** What an ONNX file says of itself. */
export interface OnnxFile {
  /** By its metadata; ImageNet's mean and deviation if it says nothing. */
  readonly input: EncoderInput;
  /** Of the file; with external data of all its files. */
  readonly sha256: string;
}

/** Whether a path is that of an ONNX file. */
export function isOnnxFile(path: string): boolean {
  return /\.onnx$/i.test(path);
}

/**
 * Reads what the runtime does not tell of a model.
 *
 * @throws UserError for a file that is none, or whose external data lies outside its folder or is missing
 */
export async function readOnnxFile(path: string): Promise<OnnxFile> {
  const bytes = await readNamed(path, 'an ONNX model');
  const model = parsed(bytes, path);
  const hashes = [sha256(bytes)];
  for (const name of externalFiles(model, path)) {
    hashes.push(sha256(await readNamed(resolve(dirname(path), name), `external data of ${path}`)));
  }
  const whole = hashes.length === 1 ? hashes[0] : createHash('sha256').update(hashes.join()).digest('hex');
  return { input: inputOf(model), sha256: whole };
}

function parsed(bytes: Uint8Array, path: string): ModelProto {
  try {
    const model = fromBinary(ModelProtoSchema, bytes);
    if (model.graph && model.graph.node.length > 0) return model;
  } catch {
    // Told below.
  }
  throw new UserError({
    what: path,
    got: 'a file that is no ONNX model, or a damaged one',
    expected: 'a whole ONNX model',
    fix: 'export or fetch it again',
  });
}

/** Names of the files in which a model's tensors lie, as it says them. */
function externalFiles({ graph }: ModelProto, path: string): string[] {
  const places = tensorsOf(graph).flatMap(({ externalData }) =>
    externalData.flatMap(({ key, value }) => (key === 'location' ? [value] : [])),
  );
  const names = [...new Set(places)].sort();
  const folder = dirname(resolve(path));
  for (const name of names) {
    const inside = relative(folder, resolve(folder, name));
    if (!isAbsolute(name) && inside !== '' && !/[\\/]|^\.\.$/.test(inside)) continue;
    throw new UserError({
      what: `${path}: external data`,
      got: name,
      expected: 'a file in the same folder',
      fix: 'put the data beside the model, and name it so in the model',
    });
  }
  return names;
}

function tensorsOf(graph: GraphProto | undefined): TensorProto[] {
  if (!graph) return [];
  const attributes = graph.node.flatMap(({ attribute }) => attribute);
  return [
    ...graph.initializer,
    ...graph.sparseInitializer.flatMap(({ values, indices }) => [values, indices].flatMap((t) => t ?? [])),
    ...attributes.flatMap(({ t, tensors }) => (t ? [t, ...tensors] : tensors)),
    ...attributes.flatMap(({ g, graphs }) => [g, ...graphs].flatMap(tensorsOf)),
  ];
}

const RANGES: Readonly<Record<string, EncoderInput>> = { '[0,1]': UNIT_INPUT, '[-1,1]': SYMMETRIC_INPUT };

/** Metadata `input_mean` and `input_std`, or `mean` and `std`; or `input_range`. */
function inputOf({ metadataProps }: ModelProto): EncoderInput {
  const said = new Map(metadataProps.map(({ key, value }) => [key, value]));
  const numbers = (key: string) => threeNumbers(said.get(`input_${key}`) ?? said.get(key) ?? '');
  const [mean, std] = [numbers('mean'), numbers('std')];
  if (mean && std?.every((value) => value > 0)) return { mean, std };
  return RANGES[(said.get('input_range') ?? '').replaceAll(' ', '')] ?? IMAGENET_INPUT;
}
