import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeNpy } from '../../src/eval/npy.ts';
import { readNpy } from '../support/read-npy.ts';

test('the bytes of a small file', () => {
  const bytes = encodeNpy({ shape: [2], data: Float32Array.of(1, -2) });
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
  expect(Buffer.from(bytes).toString('latin1')).toBe(
    `\x93NUMPY\x01\x00\x76\x00${header.padEnd(117)}\n\x00\x00\x80\x3f\x00\x00\x00\xc0`,
  );
});

test('any shape comes back', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 5 }), (shape) => {
      const size = shape.reduce((product, extent) => product * extent, 1);
      const data = Float32Array.from({ length: size }, (_, i) => i / 3);
      expect(readNpy(Buffer.from(encodeNpy({ shape, data })))).toEqual({ shape, data });
    }),
  );
});

test('a part of a larger array is written alone', () => {
  const data = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
  expect([...readNpy(Buffer.from(encodeNpy({ shape: [1, 2], data }))).data]).toEqual([2, 3]);
});
