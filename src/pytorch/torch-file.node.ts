import type { ByteSource } from '../core/byte-source.ts';
import { UserError } from '../core/errors.ts';
import { formatShape, sizeOf } from '../core/shape.ts';
import type { Tensors } from '../core/tensor.ts';
import { damagedFile, noStateDict } from './refusals.ts';
import { contentOfView, type TensorView } from './tensor-view.ts';
import { readTorchPickle, stateDictOf } from './torch-pickle.ts';
import { openZip, type Zip } from './zip.node.ts';

/** A model's tensors as a file of torch.save tells of them, and where the numbers are. */
interface TorchFile {
  readonly tensors: ReadonlyMap<string, TensorView>;
  /** The bytes of the storage that a tensor is in. */
  storage(view: TensorView): Uint8Array;
}

/** Whether a file is one of torch.save, by its first bytes: a zip file, or before PyTorch 1.6 pickles in a row. */
export function isTorchFile(start: Uint8Array): boolean {
  return startsAs(start, ZIP) || isPickle(start);
}

const startsAs = (bytes: Uint8Array, start: readonly number[]) =>
  bytes.length >= start.length && start.every((byte, i) => bytes[i] === byte);

const ZIP = [0x50, 0x4b, 0x03, 0x04];

/** Protocols 2 to 5. A safetensors file may begin so, too, with the length of its header; that is followed by a brace. */
function isPickle([first, protocol, ...rest]: Uint8Array): boolean {
  const lengthOfHeader = rest.slice(2, 6).every((byte) => byte === 0) && rest[6] === 0x7b;
  return first === 0x80 && protocol >= 2 && protocol <= 5 && !lengthOfHeader;
}

/**
 * The names of the tensors in a file of torch.save; of a zip file only the directory and the pickle are read.
 *
 * @throws UserError as `decodeTorchFile`
 */
export function torchTensorNames(source: ByteSource, file: string): string[] {
  return [...openTorchFile(source, file).tensors.keys()];
}

/**
 * Reads a state dict that torch.save has written, or the one in a checkpoint under `state_dict`, `model_state_dict` or
 * `model`. Nothing that the file names is run. Every element type becomes float32.
 *
 * @param file what to call the file in errors
 * @throws UserError naming what is not tensors and plain containers, and what is cut or damaged
 */
export function decodeTorchFile(source: ByteSource, file: string): Tensors {
  const { tensors, storage } = openTorchFile(source, file);
  expectBounded(tensors, source, file);
  return new Map(
    [...tensors].map(([name, view]) => {
      const { type, start } = view.storage;
      const bytes = storage(view);
      if ((start + view.storage.count) * type.bytes > bytes.length) {
        throw damagedFile(`${file}: tensor ${name}`, `a storage of ${bytes.length} bytes`);
      }
      return [name, { shape: view.shape, data: contentOfView(view, bytes) }];
    }),
  );
}

/** Tensors may share their numbers, or repeat them: a small file must not become a large memory. */
function expectBounded(tensors: ReadonlyMap<string, TensorView>, source: ByteSource, file: string): void {
  const most = Math.max(1e6, source.length);
  let count = 0;
  for (const [name, { shape }] of tensors) {
    count += sizeOf(shape);
    if (count <= most) continue;
    throw new UserError({
      what: `${file}: tensor ${name}`,
      got: `${formatShape(shape)}, with which all have ${count} numbers`,
      expected: `at most ${most}, as many as the file has bytes`,
      fix: 'save tensors that do not repeat their numbers: clone() them',
    });
  }
}

function openTorchFile(source: ByteSource, file: string): TorchFile {
  return startsAs(source.read(0, ZIP.length), ZIP) ? openZipped(source, file) : openLegacy(source, file);
}

function openZipped(source: ByteSource, file: string): TorchFile {
  const zip = openZip(source, file);
  const folder = zip.names.find((name) => name.endsWith('/data.pkl'))?.slice(0, -'data.pkl'.length);
  if (folder === undefined || zip.names.some((name) => name.startsWith(`${folder}code/`))) {
    throw noStateDict(file, folder === undefined ? 'a zip file without data.pkl' : 'a TorchScript program');
  }
  expectLittleEndian(zip, folder, file);
  const { value } = readTorchPickle(zip.read(`${folder}data.pkl`), 0, file);
  const read = new Map<string, Uint8Array>();
  return {
    tensors: stateDictOf(value, file),
    storage: ({ storage: { key } }) => {
      const name = `${folder}data/${key}`;
      if (!zip.has(name)) throw damagedFile(file, `no part ${name}`);
      const bytes = read.get(key) ?? zip.read(name);
      read.set(key, bytes);
      return bytes;
    },
  };
}

function expectLittleEndian(zip: Zip, folder: string, file: string): void {
  const name = `${folder}byteorder`;
  const order = zip.has(name) ? new TextDecoder().decode(zip.read(name)).trim() : 'little';
  if (order !== 'little') throw otherOrder(file, order);
}

const otherOrder = (file: string, order: string) =>
  new UserError({
    what: file,
    got: `numbers in ${order}-endian order`,
    expected: 'little-endian',
    fix: 'load and save it on a machine of that order',
  });

/** What files before PyTorch 1.6, or of `_use_new_zipfile_serialization=False`, begin with; and their version. */
const [MAGIC, VERSION] = [0x1950a86a20f9469cfc6cn, 1001];

/** Pickles in a row: magic number, version, the machine, the value, the keys of the storages; then each storage. */
function openLegacy(source: ByteSource, file: string): TorchFile {
  const bytes = source.read(0, source.length);
  let at = 0;
  const next = () => {
    const pickled = readTorchPickle(bytes, at, file);
    at = pickled.end;
    return pickled;
  };
  if (next().value !== MAGIC || next().value !== VERSION)
    throw noStateDict(file, 'a pickle that torch.save has not written');
  const machine = next().value;
  if (machine instanceof Map && machine.get('little_endian') === false) throw otherOrder(file, 'big');
  const { value, storages } = next();
  const keys = next().value;
  const contents = new Map<unknown, Uint8Array>();
  for (const key of Array.isArray(keys) ? keys : []) {
    const storage = storages.get(key);
    if (!storage) throw damagedFile(file, 'a storage of no known kind');
    const count = at + COUNT <= bytes.length ? Number(readCount(bytes, at)) : Number.NaN;
    const end = at + COUNT + count * storage.type.bytes;
    if (!(count >= 0 && end <= bytes.length))
      throw damagedFile(file, `a storage beyond the end, byte ${bytes.length}`);
    contents.set(key, bytes.subarray(at + COUNT, end));
    at = end;
  }
  return {
    tensors: stateDictOf(value, file),
    storage: ({ storage: { key } }) => {
      const found = contents.get(key);
      if (!found) throw damagedFile(file, `no storage ${key}`);
      return found;
    },
  };
}

/** Bytes of how many numbers a storage has, which stands before them. */
const COUNT = 8;
const readCount = (bytes: Uint8Array, at: number) =>
  new DataView(bytes.buffer, bytes.byteOffset + at, COUNT).getBigInt64(0, true);
