import type { Tensor } from '../core/tensor.ts';

/** A float32 tensor as a NumPy file, format 1.0 (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html). */
export function encodeNpy({ shape, data }: Tensor): Uint8Array {
  const header = npyHeader(shape);
  const bytes = new Uint8Array(header.length + data.byteLength);
  bytes.set(header);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), header.length);
  return bytes;
}

/** What stands before the values. */
export function npyHeader(shape: readonly number[]): Uint8Array {
  const dimensions = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${dimensions}), }`;
  const prefix = 10;
  const length = Math.ceil((prefix + header.length + 1) / 64) * 64 - prefix;
  const bytes = new Uint8Array(prefix + length);
  bytes.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, length & 0xff, length >> 8]);
  bytes.set(new TextEncoder().encode(`${header.padEnd(length - 1)}\n`), prefix);
  return bytes;
}
