import { ELEMENT_TYPES, type ElementType, readElements } from '../core/elements.ts';
import { UserError } from '../core/errors.ts';
import { formatShape, type Shape, sizeOf } from '../core/shape.ts';
import type { Tensor, Tensors } from '../core/tensor.ts';

/** The content of a safetensors file. */
export interface Safetensors {
  readonly tensors: Tensors;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The element types that are taken; all become float32. */
const TYPES: ReadonlyMap<string, ElementType> = new Map(Object.entries(ELEMENT_TYPES));

/**
 * Reads a safetensors file (https://github.com/huggingface/safetensors). Every element type becomes float32.
 *
 * @param file what to call the file in errors
 * @throws UserError naming the first thing that is wrong: a cut file, a bad header, a tensor that does not fit
 */
export function decodeSafetensors(bytes: Uint8Array, file: string): Safetensors {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { header, start } = headerOf(bytes, file);
  const metadata: Record<string, string> = Object.create(null);
  const covered: Span[] = [];
  const tensors = new Map<string, Tensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') Object.assign(metadata, readMetadata(entry, file));
    else tensors.set(name, readTensor(view, start, entry, `${file}: tensor ${name}`, covered));
  }
  expectFilled(covered, bytes.length - start, file);
  return { tensors, metadata };
}

/**
 * The names of the tensors in a file, of which only the header is looked at.
 *
 * @param bytes the file, or its first 8 + length of the header
 * @throws UserError for a cut or bad header
 */
export function tensorNames(bytes: Uint8Array, file: string): string[] {
  return Object.keys(headerOf(bytes, file).header).filter((name) => name !== '__metadata__');
}

/** @throws UserError for a cut or bad header */
function headerOf(
  bytes: Uint8Array,
  file: string,
): { readonly header: Record<string, unknown>; readonly start: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length >= 8 ? Number(view.getBigUint64(0, true)) : Number.NaN;
  if (!(length <= bytes.length - 8)) {
    throw new UserError({
      what: file,
      got: `${bytes.length} bytes without a whole header`,
      expected: 'a safetensors file',
      fix: 'check that the file is complete',
    });
  }
  return { header: parseHeader(bytes.subarray(8, 8 + length), file), start: 8 + length };
}

function parseHeader(bytes: Uint8Array, file: string): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof header === 'object' && header !== null && !Array.isArray(header))
      return header as Record<string, unknown>;
  } catch {
    // Told below, like a header of another kind.
  }
  throw new UserError({
    what: file,
    got: 'a header that is not a JSON object',
    expected: 'a safetensors file',
  });
}

function readTensor(view: DataView, start: number, entry: unknown, what: string, covered: Span[]): Tensor {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  const type = typeof dtype === 'string' ? TYPES.get(dtype) : undefined;
  if (!type)
    throw new UserError({
      what,
      got: `type ${JSON.stringify(dtype)}`,
      expected: `one of ${[...TYPES.keys()].join(', ')}`,
    });
  if (!isExtents(shape) || !isExtents(offsets) || offsets.length !== 2) {
    throw new UserError({ what, got: JSON.stringify(entry), expected: 'a shape and two data offsets' });
  }
  const [from, to] = offsets;
  const size = sizeOf(shape);
  if (to - from !== size * type.bytes) {
    throw new UserError({
      what,
      got: `${to - from} bytes`,
      expected: `${size * type.bytes} for ${dtype} ${formatShape(shape)}`,
    });
  }
  if (start + to > view.byteLength) {
    throw new UserError({
      what,
      got: `a file of ${view.byteLength} bytes`,
      expected: `at least ${start + to}`,
      fix: 'the file is cut; fetch or copy it again',
    });
  }
  covered.push({ from, to, what });
  const bytes = new Uint8Array(view.buffer, view.byteOffset + start + from, to - from);
  return { shape, data: readElements(type, bytes) };
}

/** Where in the data a tensor lies. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly what: string;
}

/** The format allows neither gaps nor overlaps. */
function expectFilled(spans: readonly Span[], length: number, file: string): void {
  let end = 0;
  for (const { from, to, what } of [...spans].sort((a, b) => a.from - b.from || a.to - b.to)) {
    if (from !== end) {
      throw new UserError({
        what,
        got: `data from byte ${from}`,
        expected: `from ${end}, where the tensor before it ends`,
      });
    }
    end = to;
  }
  if (end !== length) {
    throw new UserError({
      what: file,
      got: `${length} bytes of data`,
      expected: `${end}, the sum of its tensors`,
    });
  }
}

function readMetadata(entry: unknown, file: string): Record<string, string> {
  const isRecord = typeof entry === 'object' && entry !== null && !Array.isArray(entry);
  if (!isRecord || !Object.values(entry).every((value) => typeof value === 'string')) {
    throw new UserError({
      what: `${file}: __metadata__`,
      got: JSON.stringify(entry),
      expected: 'texts by name',
    });
  }
  return entry as Record<string, string>;
}

function isExtents(value: unknown): value is Shape {
  return Array.isArray(value) && value.every((extent) => Number.isSafeInteger(extent) && extent >= 0);
}

/** What is written into a safetensors file. */
export interface SafetensorsContent extends Safetensors {
  /** Integers by name, which become scalars of type I64. */
  readonly counts?: ReadonlyMap<string, number>;
}

/**
 * Writes float32 tensors, sorted by name; before them integers, so that all are aligned. The bytes depend on names, values and metadata alone.
 * Metadata keys are sorted, too; the header is padded to a multiple of 8 bytes.
 */
export function encodeSafetensors(content: SafetensorsContent): Uint8Array {
  const parts = safetensorsParts(content);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** The same bytes in parts, the tensors' own among them: to be written without a copy of all. */
export function safetensorsParts({
  tensors,
  metadata,
  counts = new Map(),
}: SafetensorsContent): Uint8Array[] {
  const names = [...tensors.keys()].sort();
  // Without a prototype, any key is just a key.
  const header: Record<string, unknown> = Object.create(null);
  const keys = Object.keys(metadata).sort();
  if (keys.length > 0) header.__metadata__ = Object.fromEntries(keys.map((key) => [key, metadata[key]]));
  let end = 0;
  const integers = [...counts.keys()].sort();
  for (const name of integers) {
    header[name] = { dtype: 'I64', shape: [], data_offsets: [end, end + 8] };
    end += 8;
  }
  for (const name of names) {
    const { shape, data } = tensors.get(name)!;
    header[name] = { dtype: 'F32', shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(text.length / 8) * 8;
  const start = new Uint8Array(8 + headerLength).fill(0x20);
  new DataView(start.buffer).setBigUint64(0, BigInt(headerLength), true);
  start.set(text, 8);
  const contents = names.map((name) => {
    const { data } = tensors.get(name)!;
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  });
  const whole = BigInt64Array.from(integers, (name) => BigInt(counts.get(name)!));
  return [start, new Uint8Array(whole.buffer), ...contents];
}
