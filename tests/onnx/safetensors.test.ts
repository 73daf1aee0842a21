import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { sizeOf } from '../../src/core/shape.ts';
import { decodeSafetensors, encodeSafetensors, type Safetensors } from '../../src/onnx/safetensors.ts';

/** A file with this header (a value, or text) and this content. */
function fileOf(header: unknown, content: Uint8Array | readonly number[] = [], length?: bigint): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + content.length);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(content, 8 + text.length);
  return bytes;
}

const tensorFile = (dtype: string, shape: readonly number[], content: readonly number[]) =>
  fileOf({ x: { dtype, shape, data_offsets: [0, content.length] } }, content);

const read = (bytes: Uint8Array) => decodeSafetensors(bytes, 'weights.safetensors');

/** Names that JavaScript objects treat specially have tests of their own. */
const name = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => !text.startsWith('__'));
const shape = fc.array(fc.nat(4), { maxLength: 4 });
const tensor = shape.chain((extents) =>
  fc
    .array(fc.float(), { minLength: sizeOf(extents), maxLength: sizeOf(extents) })
    .map((elements) => ({ shape: extents, data: Float32Array.from(elements) })),
);
const content: fc.Arbitrary<Safetensors> = fc.record({
  tensors: fc
    .uniqueArray(fc.tuple(name, tensor), { selector: ([key]) => key, maxLength: 6 })
    .map((entries) => new Map(entries)),
  metadata: fc.dictionary(name, fc.string(), { noNullPrototype: true, maxKeys: 4 }),
});

describe('writing and reading', () => {
  test('gives back what was written', () => {
    fc.assert(
      fc.property(content, (before) => {
        const after = read(encodeSafetensors(before));
        expect(after.metadata).toEqual(before.metadata);
        expect(new Map(after.tensors)).toEqual(new Map(before.tensors));
      }),
    );
  });

  test('the order of insertion changes no byte', () => {
    fc.assert(
      fc.property(content, ({ tensors, metadata }) => {
        const turned = {
          tensors: new Map([...tensors].reverse()),
          metadata: Object.fromEntries(Object.entries(metadata).reverse()),
        };
        expect(encodeSafetensors(turned)).toEqual(encodeSafetensors({ tensors, metadata }));
      }),
    );
  });

  test('the data start at a multiple of 8 and views into larger buffers are written alone', () => {
    const large = Float32Array.from({ length: 10 }, (_, i) => i);
    const bytes = encodeSafetensors({
      tensors: new Map([['x', { shape: [3], data: large.subarray(2, 5) }]]),
      metadata: {},
    });
    const start = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(start % 8).toBe(0);
    expect(bytes.length).toBe(start + 12);
    expect([...read(bytes).tensors.get('x')!.data]).toEqual([2, 3, 4]);
  });

  test('bytes anywhere in a buffer can be read', () => {
    const bytes = encodeSafetensors({
      tensors: new Map([['x', { shape: [2], data: Float32Array.of(1.5, -2) }]]),
      metadata: { kind: 'test' },
    });
    for (let offset = 0; offset < 8; offset++) {
      const moved = new Uint8Array(bytes.length + 8);
      moved.set(bytes, offset);
      const { tensors, metadata } = read(moved.subarray(offset, offset + bytes.length));
      expect([...tensors.get('x')!.data]).toEqual([1.5, -2]);
      expect(metadata).toEqual({ kind: 'test' });
    }
  });

  test('what is read is a copy', () => {
    const bytes = encodeSafetensors({
      tensors: new Map([['x', { shape: [1], data: Float32Array.of(1) }]]),
      metadata: {},
    });
    const { tensors } = read(bytes);
    bytes.fill(0);
    expect(tensors.get('x')!.data[0]).toBe(1);
  });

  test('a tensor or a metadata key may be named __proto__', () => {
    const tensors = new Map([['__proto__', { shape: [1], data: Float32Array.of(1) }]]);
    const metadata = JSON.parse('{"__proto__": "a"}') as Record<string, string>;
    const after = read(encodeSafetensors({ tensors, metadata }));
    expect([...after.tensors.keys()]).toEqual(['__proto__']);
    expect(Object.keys(after.metadata)).toEqual(['__proto__']);
  });
});

describe('element types become float32', () => {
  test.each([
    [
      'F16',
      [0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0xff, 0x7b, 0x00, 0x7c, 0x00, 0x80],
      [1, -2, 2 ** -24, 65504, Number.POSITIVE_INFINITY, -0],
    ],
    ['BF16', [0x80, 0x3f, 0x00, 0xc0, 0x49, 0x40], [1, -2, 3.140625]],
    ['F64', [...new Uint8Array(Float64Array.of(1.5, -0.1).buffer)], [1.5, Math.fround(-0.1)]],
    ['F32', [...new Uint8Array(Float32Array.of(1.5, -3).buffer)], [1.5, -3]],
    ['U8', [0, 7, 255], [0, 7, 255]],
    ['I32', [...new Uint8Array(Int32Array.of(-5, 70_000).buffer)], [-5, 70_000]],
    ['I64', [...new Uint8Array(BigInt64Array.of(-5n, 3n).buffer)], [-5, 3]],
  ])('%s', (dtype, bytes, expected) => {
    const { shape: found, data } = read(tensorFile(dtype, [expected.length], bytes)).tensors.get('x')!;
    expect(found).toEqual([expected.length]);
    expect([...data]).toEqual(expected);
  });

  test('not-a-number of 16 bits', () => {
    expect(read(tensorFile('F16', [], [0x01, 0x7e])).tensors.get('x')!.data[0]).toBeNaN();
    expect(read(tensorFile('BF16', [], [0xc0, 0x7f])).tensors.get('x')!.data[0]).toBeNaN();
  });
});

describe('damage is a UserError that names the file', () => {
  const expectComplaint = (bytes: Uint8Array) => {
    expect(() => read(bytes)).toThrow(UserError);
    expect(() => read(bytes)).toThrow(/^weights\.safetensors/);
  };

  const whole = encodeSafetensors({
    tensors: new Map([
      ['a', { shape: [2, 3], data: new Float32Array(6) }],
      ['b', { shape: [5], data: new Float32Array(5) }],
    ]),
    metadata: { kind: 'test' },
  });

  test('cut anywhere', () => {
    for (let length = 0; length < whole.length; length++) expectComplaint(whole.slice(0, length));
  });

  test('flipped bits: a UserError or a file that reads, nothing else', () => {
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const damaged = whole.slice();
      damaged[bit >> 3] ^= 1 << (bit & 7);
      try {
        read(damaged);
      } catch (error) {
        expect(error, `bit ${bit}`).toBeInstanceOf(UserError);
      }
    }
  });

  test.each([
    ['no JSON', 'not json'],
    ['half of a JSON object', '{"x": {"dtype": "F3'],
    ['nothing', ''],
    ['a list', '[]'],
    ['null', 'null'],
    ['a number', '7'],
  ])('a header that is %s', (_, text) => expectComplaint(fileOf(text, [0, 0, 0, 0])));

  test.each([2n ** 63n, 2n ** 64n - 1n, 2n ** 32n, 100n])('a header length of %d', (length) =>
    expectComplaint(fileOf({}, [], length)));

  const entry = { dtype: 'F32', shape: [1], data_offsets: [0, 4] };

  test.each([
    ['behind the end', { ...entry, data_offsets: [4, 8] }],
    ['far behind the end', { ...entry, data_offsets: [2 ** 52, 2 ** 52 + 4] }],
    ['negative', { ...entry, data_offsets: [-4, 0] }],
    ['backwards', { ...entry, data_offsets: [4, 0] }],
    ['fractions', { ...entry, data_offsets: [0.5, 4.5] }],
    ['one alone', { ...entry, data_offsets: [0] }],
    ['three', { ...entry, data_offsets: [0, 4, 8] }],
    ['text', { ...entry, data_offsets: ['0', '4'] }],
    ['missing', { dtype: 'F32', shape: [1] }],
  ])('offsets that are %s', (_, x) => expectComplaint(fileOf({ x }, [0, 0, 0, 0])));

  test.each([
    ['too large', { ...entry, shape: [2] }],
    ['beyond all numbers', { ...entry, shape: [2 ** 40, 2 ** 40] }],
    ['negative', { ...entry, shape: [-1] }],
    ['no list', { ...entry, shape: 1 }],
    ['missing', { dtype: 'F32', data_offsets: [0, 4] }],
  ])('a shape that is %s', (_, x) => expectComplaint(fileOf({ x }, [0, 0, 0, 0])));

  test.each(['F8_E4M3', 'f32', '', 'constructor', 7, null, ['F32']])('type %j', (dtype) =>
    expectComplaint(fileOf({ x: { ...entry, dtype } }, [0, 0, 0, 0])));

  test.each([[null], [7], ['text'], [[]]])('an entry %j', (x) =>
    expectComplaint(fileOf({ x }, [0, 0, 0, 0])));

  describe('not noticed, or noticed by another error', () => {
    test('tensors that overlap', () => {
      const second = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
      expectComplaint(fileOf({ x: entry, y: second }, [0, 0, 0, 0, 0, 0, 0, 0]));
    });

    test('bytes that belong to no tensor', () => {
      expectComplaint(fileOf({ x: entry }, [0, 0, 0, 0, 0, 0, 0, 0]));
    });

    test('metadata that is no record of texts', () => {
      expectComplaint(fileOf({ __metadata__: ['a'], x: entry }, [0, 0, 0, 0]));
    });

    test('a type that cannot be made a text', () => {
      expectComplaint(fileOf({ x: { ...entry, dtype: { toString: 1 } } }, [0, 0, 0, 0]));
    });
  });
});
