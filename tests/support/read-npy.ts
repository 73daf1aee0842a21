/** Reads a NumPy file of float32 values, by the letter of format 1.0. */
export function readNpy(bytes: Buffer): { shape: number[]; data: Float32Array } {
  if (bytes.toString('latin1', 0, 8) !== '\x93NUMPY\x01\x00') throw new Error('no NumPy file of format 1.0');
  const length = bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, 10 + length);
  if ((10 + length) % 64 !== 0 || !header.endsWith('\n')) throw new Error('a header that is not aligned');
  const [, type, order, shape] =
    /^\{'descr': '(.+)', 'fortran_order': (\w+), 'shape': \((.*)\), \} *\n$/.exec(header) ?? [];
  if (type !== '<f4' || order !== 'False') throw new Error(`another header: ${header}`);
  const values = bytes.subarray(10 + length);
  const data = Float32Array.from({ length: values.length / 4 }, (_, i) => values.readFloatLE(4 * i));
  return { shape: shape.split(',').filter(Boolean).map(Number), data };
}
