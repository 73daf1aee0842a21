import { sizeOf } from '../core/shape.ts';
import { type Tensors, tensor } from '../core/tensor.ts';

/** What is read of a TensorFlow.js graph model's `model.json`. */
interface ModelJson {
  readonly weightsManifest: readonly {
    readonly paths: readonly string[];
    readonly weights: readonly {
      readonly name: string;
      readonly shape: readonly number[];
      readonly dtype: string;
      readonly quantization?: unknown;
    }[];
  }[];
}

/** Every element of the types taken here. */
const ELEMENT_BYTES = 4;

/**
 * The float32 weights of a TensorFlow.js graph model, by their own names and in TensorFlow's layouts.
 *
 * @param files `model.json` and the shards it names, beside each other
 */
export function readTfjsWeights(files: ReadonlyMap<string, Uint8Array>): Tensors {
  const file = (name: string) => {
    const bytes = files.get(name);
    if (!bytes) throw new Error(`TensorFlow.js model: got no file ${name}`);
    return bytes;
  };
  const model = JSON.parse(new TextDecoder().decode(file('model.json'))) as ModelJson;
  const tensors: [string, ReturnType<typeof tensor>][] = [];
  for (const { paths, weights } of model.weightsManifest) {
    const bytes = joined(paths.map(file));
    let at = 0;
    for (const { name, shape, dtype, quantization } of weights) {
      if (!['float32', 'int32'].includes(dtype) || quantization) {
        throw new Error(
          `TensorFlow.js model: got ${name} of type ${dtype}, expected float32 or int32, not quantised`,
        );
      }
      const end = at + sizeOf(shape) * ELEMENT_BYTES;
      if (dtype === 'float32') tensors.push([name, tensor(shape, new Float32Array(bytes.slice(at, end)))]);
      at = end;
    }
    if (at !== bytes.byteLength) {
      throw new Error(`TensorFlow.js model: got ${bytes.byteLength} bytes of weights, expected ${at}`);
    }
  }
  return new Map(tensors);
}

function joined(parts: readonly Uint8Array[]): ArrayBuffer {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes.buffer;
}
