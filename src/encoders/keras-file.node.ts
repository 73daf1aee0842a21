import { randomUUID } from 'node:crypto';
import type { Dataset, Group } from 'h5wasm';
import { UserError } from '../core/errors.ts';
import { sameShape } from '../core/shape.ts';
import type { Tensor, Tensors } from '../core/tensor.ts';
import { fromKeras, KERAS_TENSORS } from './keras.ts';

/** How an HDF5 file begins. */
const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

export function isHdf5(start: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => start[i] === byte);
}

const EXPECTED = "Keras's MobileNetV2, width 1.0, as model.save('FILE.h5') or its save_weights writes it";

/**
 * The weights of Keras's MobileNetV2 in an HDF5 file, as the encoder `mobilenetv2` has them: of a whole model (under
 * `model_weights`) or its weights alone; layers may lie in that of a model within.
 *
 * @param file what to call the file in errors
 * @throws UserError if it is damaged, or naming the first tensor that is missing or has another shape
 */
export async function readKeras(bytes: Uint8Array, file: string): Promise<Tensors> {
  // Takes time to load, and few need it.
  const { default: hdf5 } = await import('h5wasm');
  const { FS, activate_throwing_error_handler: throwErrors } = await hdf5.ready;
  throwErrors();
  // In a file system of the library's own, in memory.
  const place = `/${randomUUID()}`;
  FS.writeFile(place, bytes);
  try {
    return fromKeras(tensorsIn(place, hdf5, file), file);
  } finally {
    FS.unlink(place);
  }
}

type Hdf5 = typeof import('h5wasm').default;

function tensorsIn(place: string, hdf5: Hdf5, file: string): Tensors {
  let opened: InstanceType<Hdf5['File']> | undefined;
  try {
    opened = new hdf5.File(place, 'r');
    return wantedOf(opened, hdf5, file);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError({
      what: file,
      got: `an HDF5 file that cannot be read (${reasonOf(error)})`,
      expected: EXPECTED,
      fix: 'it is cut or damaged; fetch or copy it again',
    });
  } finally {
    opened?.close();
  }
}

/** The last and most telling line of the library's report. */
function reasonOf(error: unknown): string {
  const lines = String((error as Error).message)
    .trim()
    .split('\n');
  return lines[lines.length - 1].replace(/^\s*minor:\s*/, '');
}

/** A model has some hundred groups, none deeper than this. */
const [MOST_ENTRIES, DEEPEST] = [20_000, 6];

function wantedOf(root: Group, hdf5: Hdf5, file: string): Tensors {
  const wanted = new Map(KERAS_TENSORS.map(({ name, shape }) => [name, shape]));
  const layers = new Set(KERAS_TENSORS.map(({ name }) => name.split('/')[0]));
  const tensors = new Map<string, Tensor>();
  let entries = 0;
  const visit = (group: Group, layer: string | undefined, depth: number) => {
    for (const key of group.keys()) {
      if (++entries > MOST_ENTRIES) return;
      const entity = group.get(key);
      if (entity instanceof hdf5.Group && depth < DEEPEST)
        visit(entity, layers.has(key) ? key : layer, depth + 1);
      if (!(entity instanceof hdf5.Dataset)) continue;
      const name = `${layer}/${key.replace(/:\d+$/, '')}`;
      const shape = wanted.get(name);
      if (shape) tensors.set(name, contentOfDataset(entity, shape, `${file}: tensor ${name}`));
    }
  };
  const weights = root.keys().includes('model_weights') ? root.get('model_weights') : root;
  if (weights instanceof hdf5.Group) visit(weights, undefined, 0);
  if (tensors.size === 0) {
    throw new UserError({
      what: file,
      got: `an HDF5 file of ${root.keys().slice(0, 5).join(', ') || 'nothing'}`,
      expected: EXPECTED,
      fix: 'see docs/encoders.md for the files that are read',
    });
  }
  return tensors;
}

/** A dataset's numbers; of another shape than is wanted, nothing is read but the shape, which is told elsewhere. */
function contentOfDataset(dataset: Dataset, wanted: readonly number[], what: string): Tensor {
  const shape = dataset.shape ?? [];
  if (!sameShape(shape, wanted)) return { shape, data: new Float32Array(0) };
  const { value } = dataset;
  if (value instanceof Float32Array) return { shape, data: value };
  if (value instanceof Float64Array) return { shape, data: Float32Array.from(value) };
  throw new UserError({
    what,
    got: `numbers of type ${JSON.stringify(dataset.dtype)}`,
    expected: 'float32 or float64',
    fix: 'save the model with those',
  });
}
