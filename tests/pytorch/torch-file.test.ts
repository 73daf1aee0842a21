import { describe, expect, test } from 'vitest';
import { inMemory } from '../../src/core/byte-source.ts';
import { UserError } from '../../src/core/errors.ts';
import { encodeSafetensors } from '../../src/onnx/safetensors.ts';
import { decodeTorchFile, isTorchFile, torchTensorNames } from '../../src/pytorch/torch-file.node.ts';
import { refusal } from '../support/expect-user-error.ts';
import {
  bytesOf,
  legacyTorchFile,
  madeTensor,
  partsOf,
  pickled,
  torchFile,
  zipped,
} from '../support/torch-file.ts';

const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const read = (bytes: Uint8Array) => decodeTorchFile(inMemory(bytes), 'f');
const six = floats(0, 1, 2, 3, 4, 5);
const dense = madeTensor({ key: '0', count: 6, shape: [2, 3], strides: [3, 1] });
const one = pickled.dictionary(['a', dense]);

/** The tensor `a` of a file. */
function only(bytes: Uint8Array) {
  const { shape, data } = read(bytes).get('a')!;
  return { shape, data: [...data] };
}

describe('views of a storage', () => {
  test.each<[string, Partial<Parameters<typeof madeTensor>[0]>, number[], number[]]>([
    ['dense', {}, [2, 3], [0, 1, 2, 3, 4, 5]],
    ['transposed', { shape: [3, 2], strides: [1, 3] }, [3, 2], [0, 3, 1, 4, 2, 5]],
    ['every second', { shape: [3], strides: [2] }, [3], [0, 2, 4]],
    ['from an offset', { shape: [2, 2], strides: [2, 1], offset: 2 }, [2, 2], [2, 3, 4, 5]],
    ['repeated', { shape: [2, 3], strides: [0, 1], offset: 1 }, [2, 3], [1, 2, 3, 1, 2, 3]],
    ['a scalar', { shape: [], strides: [], offset: 4 }, [], [4]],
    [
      'one along an axis, whatever its stride',
      { shape: [1, 6], strides: [99, 1] },
      [1, 6],
      [0, 1, 2, 3, 4, 5],
    ],
    ['empty', { shape: [0, 3], strides: [3, 1] }, [0, 3], []],
    ['channels last', { shape: [1, 2, 1, 3], strides: [6, 1, 6, 2] }, [1, 2, 1, 3], [0, 2, 4, 1, 3, 5]],
  ])('%s', (_, change, shape, data) => {
    const view = { key: '0', count: 6, shape: [2, 3], strides: [3, 1], ...change };
    const value = pickled.dictionary(['a', madeTensor(view)]);
    expect(only(torchFile(value, { 0: six }))).toEqual({ shape, data });
    expect(only(legacyTorchFile(value, { 0: { content: six, bytes: 4 } }))).toEqual({ shape, data });
  });

  test('a part of a storage, as old files have them', () => {
    const part = madeTensor({ key: '0', count: 6, part: ['1', 2, 3], offset: 1, shape: [2], strides: [1] });
    const value = pickled.dictionary(['a', part]);
    expect(only(legacyTorchFile(value, { 0: { content: six, bytes: 4 } }))).toEqual({
      shape: [2],
      data: [3, 4],
    });
  });
});

test.each<[string, Uint8Array, number[]]>([
  ['DoubleStorage', new Uint8Array(Float64Array.of(0.1, -2).buffer), [Math.fround(0.1), -2]],
  ['HalfStorage', bytesOf(0x00, 0x3e, 0x01, 0x80), [1.5, -(2 ** -24)]],
  ['BFloat16Storage', bytesOf(0xc0, 0x3f, 0x00, 0xc0), [1.5, -2]],
  ['LongStorage', new Uint8Array(BigInt64Array.of(-3n, 7n).buffer), [-3, 7]],
  ['IntStorage', new Uint8Array(Int32Array.of(-3, 7).buffer), [-3, 7]],
  ['ShortStorage', new Uint8Array(Int16Array.of(-3, 7).buffer), [-3, 7]],
  ['CharStorage', bytesOf(0xfd, 7), [-3, 7]],
  ['ByteStorage', bytesOf(0xfd, 7), [253, 7]],
  ['BoolStorage', bytesOf(0, 1), [0, 1]],
])('%s becomes float32', (type, content, data) => {
  const value = pickled.dictionary(['a', madeTensor({ key: '0', type, count: 2, shape: [2], strides: [1] })]);
  expect(only(torchFile(value, { 0: content })).data).toEqual(data);
  const bytes = content.length / 2;
  expect(only(legacyTorchFile(value, { 0: { content, bytes } })).data).toEqual(data);
});

describe('where a state dict lies', () => {
  const ordered = bytesOf(
    pickled.call(pickled.global('collections', 'OrderedDict')),
    '(',
    pickled.text('a'),
    dense,
    'u',
    pickled.dictionary(['_metadata', bytesOf('}')]),
    'b',
  );
  const parameter = pickled.call(
    pickled.global('torch._utils', '_rebuild_parameter'),
    dense,
    bytesOf(0x88),
    bytesOf('}'),
  );
  const epoch: [string, Uint8Array] = ['epoch', pickled.integer(3)];

  test.each<[string, Uint8Array]>([
    ['an ordered dictionary with metadata', ordered],
    ['parameters', pickled.dictionary(['a', parameter])],
    ['beside other things', pickled.dictionary(epoch, ['a', dense], ['note', pickled.text('x')])],
    ['under state_dict', pickled.dictionary(epoch, ['state_dict', one])],
    ['under model', pickled.dictionary(['model', one], ['optimizer', pickled.dictionary(['b', dense])])],
    ['under model_state_dict', pickled.dictionary(['model_state_dict', ordered])],
    ['deeper', pickled.dictionary(['model', pickled.dictionary(['state_dict', one])])],
  ])('%s', (_, value) => {
    const file = torchFile(value, { 0: six });
    expect(only(file)).toEqual({ shape: [2, 3], data: [0, 1, 2, 3, 4, 5] });
    expect([...read(file).keys()]).toEqual(['a']);
  });

  test.each<[string, Uint8Array, RegExp]>([
    ['a tensor alone', dense, /got no dictionary/],
    ['an empty dictionary', bytesOf('}'), /got no dictionary/],
    [
      'no tensors',
      pickled.dictionary(epoch),
      /got a dictionary of epoch, expected tensors by name, or those under state_dict/,
    ],
  ])('%s is refused', async (_, value, message) => {
    expect(await refusal(() => read(torchFile(value, { 0: six })))).toMatch(message);
  });
});

describe('as the first versions of PyTorch pickled tensors and parameters', () => {
  const parts = partsOf({ key: '0', count: 6, shape: [3, 2], strides: [1, 3] });
  const { call, global, tuple } = pickled;
  const rebuilt = call(global('torch._utils', '_rebuild_tensor'), ...parts);
  const [yes, hooks, none] = [bytesOf(0x88), call(global('collections', 'OrderedDict')), bytesOf('N')];
  const empty = bytesOf(global('torch.nn.parameter', 'Parameter'), ')', 0x81);
  const given = bytesOf(global('torch.nn.parameter', 'Parameter'), tuple(rebuilt), 0x81);
  const old = bytesOf(global('torch', 'FloatTensor'), ')', 0x81, tuple(...parts), 'b');

  test.each<[string, Uint8Array]>([
    ['_rebuild_tensor', rebuilt],
    ['a tensor that is given its state', old],
    ['a parameter that is given its data', bytesOf(empty, tuple(rebuilt, none, hooks, yes, none), 'b')],
    ['one that is given an old tensor', bytesOf(empty, tuple(old, none, hooks, yes, none), 'b')],
    ['one made with its data', bytesOf(given, tuple(yes, none, hooks), 'b')],
  ])('%s', (_, made) => {
    const file = legacyTorchFile(pickled.dictionary(['a', made]), { 0: { content: six, bytes: 4 } });
    expect(only(file)).toEqual({ shape: [3, 2], data: [0, 3, 1, 4, 2, 5] });
  });

  test.each<[string, Uint8Array, RegExp]>([
    [
      'a parameter without data',
      bytesOf(empty, tuple(none, none, hooks, yes, none), 'b'),
      /a parameter without data/,
    ],
    ['another state', bytesOf(empty, tuple(yes), 'b'), /a pickle with a state of/],
    ['a state of a tensor', bytesOf(rebuilt, pickled.dictionary(), 'b'), /a pickle with a state of/],
    ['none at all', empty, /a dictionary of a, expected tensors by name/],
  ])('%s is refused', async (_, made, message) => {
    expect(await refusal(() => read(torchFile(pickled.dictionary(['a', made]), { 0: six })))).toMatch(
      message,
    );
  });
});

describe('what does not fit', () => {
  const tensor = (change: Partial<Parameters<typeof madeTensor>[0]>) =>
    torchFile(
      pickled.dictionary(['a', madeTensor({ key: '0', count: 6, shape: [6], strides: [1], ...change })]),
      {
        0: six,
      },
    );

  test.each<[string, Uint8Array, RegExp]>([
    ['beyond the storage', tensor({ offset: 1 }), /a tensor up to number 7 of a storage of 6/],
    ['before it', tensor({ strides: [-1] }), /a tensor of no shape/],
    ['a negative offset', tensor({ offset: -1 }), /a tensor of no shape/],
    ['strides of another rank', tensor({ strides: [1, 1] }), /a tensor of no shape/],
    ['a storage that is not there', tensor({ key: '7' }), /no part archive\/data\/7/],
    ['a way out of the archive', tensor({ key: '../data.pkl' }), /no part archive\/data\/\.\.\/data\.pkl/],
    ['a storage that is short', tensor({ count: 7, shape: [7] }), /tensor a: got a storage of 24 bytes/],
    ['complex numbers', tensor({ type: 'ComplexFloatStorage' }), /a pickle with torch\.ComplexFloatStorage/],
    [
      'many numbers of few',
      tensor({ shape: [30_000, 30_000], strides: [0, 0] }),
      /tensor a: got \[30000, 30000\].*at most 1000000/,
    ],
  ])('%s', async (_, file, message) => {
    expect(await refusal(() => read(file))).toMatch(message);
  });

  test('many names of one storage are no large memory', async () => {
    const large = new Uint8Array(4 * 300_000);
    const shared = madeTensor({ key: '0', count: 300_000, shape: [300_000], strides: [1] });
    const names = ['a', 'b', 'c', 'd', 'e'];
    const value = pickled.dictionary(...names.map((name) => [name, shared] as const));
    expect(await refusal(() => read(torchFile(value, { 0: large })))).toMatch(
      /tensor e: .*as many as the file has bytes/,
    );
  });
});

describe('a zip file', () => {
  const whole = torchFile(one, { 0: six });

  test('its names are read without its numbers', () => {
    const large = new Uint8Array(1 << 20);
    const value = pickled.dictionary([
      'a',
      madeTensor({ key: '0', count: 1 << 18, shape: [1 << 18], strides: [1] }),
    ]);
    const file = torchFile(value, { 0: large });
    let bytes = 0;
    const counted = {
      length: file.length,
      read: (from: number, to: number) => {
        bytes += to - from;
        return file.subarray(from, to);
      },
    };
    expect(torchTensorNames(counted, 'f')).toEqual(['a']);
    // The directory is looked for in the last 64 KiB.
    expect(bytes).toBeLessThan(70_000);
  });

  test('numbers of 64 bits, as beyond 4 GB', () => {
    const wide = zipped({ 'x/data.pkl': pickled.whole(one), 'x/data/0': six }, { wide: true });
    expect(only(wide).data).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('a comment at its end, and another name of its folder, change nothing', () => {
    const comment = zipped({ 'x/y/data.pkl': pickled.whole(one), 'x/y/data/0': six }, { comment: 'said PK' });
    expect(only(comment).data).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test.each<[string, Uint8Array, RegExp]>([
    [
      'compressed',
      zipped({ 'a/data.pkl': pickled.whole(one) }, { method: 8 }),
      /compressed, which torch\.save does not do/,
    ],
    [
      'overlapping',
      zipped({ 'a/data.pkl': pickled.whole(one), 'a/data/0': new Uint8Array(9999) }, { alias: 'a/data/1' }),
      /parts that overlap/,
    ],
    ['no pickle', zipped({ 'a/other': six }), /without data\.pkl/],
    [
      'TorchScript',
      zipped({ 'a/data.pkl': six, 'a/code/x.py': six }),
      /a TorchScript program.*save the tensors alone/,
    ],
    ['big end first', zipped({ 'a/data.pkl': six, 'a/byteorder': Buffer.from('big') }), /big-endian/],
    [
      'a pickle with os.system',
      torchFile(
        pickled.dictionary(['a', pickled.call(pickled.global('os', 'system'), pickled.text('id'))]),
        {},
      ),
      /f: got a pickle with os\.system, which is not read/,
    ],
  ])('%s', async (_, file, message) => {
    expect(isTorchFile(file)).toBe(true);
    expect(await refusal(() => read(file))).toMatch(message);
  });

  test('cut anywhere, it is refused', async () => {
    for (let length = 4; length < whole.length; length += 3)
      expect(await refusal(() => read(whole.subarray(0, length)))).toMatch(/^f: .*cut or damaged/);
  });

  test('a byte of numbers or pickle that is another is noticed; wherever it is, nothing else is thrown', async () => {
    const noticed = (part: Uint8Array) => Buffer.from(whole).indexOf(part);
    for (const at of [noticed(six) + 5, noticed(pickled.whole(one)) + 7]) {
      const changed = whole.slice();
      changed[at] ^= 1;
      expect(await refusal(() => read(changed))).toMatch(/its part archive\/data.* with another checksum/);
    }
    for (let at = 0; at < whole.length; at++) {
      for (const flip of [1, 0x80, 0xff]) {
        const changed = whole.slice();
        changed[at] ^= flip;
        try {
          read(changed);
        } catch (error) {
          expect(error, `${at}`).toBeInstanceOf(UserError);
        }
      }
    }
  });
});

describe('a file from before PyTorch 1.6', () => {
  test.each([0x280, 0x8a0380])('is not taken for a safetensors file with a header of %i bytes', (length) => {
    const padding = 'x'.repeat(length - 80);
    const file = encodeSafetensors({ tensors: new Map(), metadata: { padding } });
    const start = new DataView(file.buffer).getBigUint64(0, true);
    const rest = length - Number(start);
    const exact = encodeSafetensors({
      tensors: new Map(),
      metadata: { padding: padding + 'x'.repeat(rest) },
    });
    expect(new DataView(exact.buffer).getBigUint64(0, true)).toBe(BigInt(length));
    expect(isTorchFile(exact)).toBe(false);
  });

  test.each([2, 3, 4, 5])('of protocol %i is known', (protocol) => {
    const file = legacyTorchFile(one, { 0: { content: six, bytes: 4 } });
    file[1] = protocol;
    expect(isTorchFile(file)).toBe(true);
    expect(only(file).data).toEqual([0, 1, 2, 3, 4, 5]);
  });

  const whole = legacyTorchFile(one, { 0: { content: six, bytes: 4 } });

  test('cut anywhere, it is refused', async () => {
    for (let length = 2; length < whole.length; length++)
      expect(await refusal(() => read(whole.subarray(0, length)))).toMatch(/^f: .*cut or damaged/);
  });

  test('a byte that is another: a value or a UserError', () => {
    for (let at = 2; at < whole.length; at++) {
      const changed = whole.slice();
      changed[at] ^= 0xff;
      try {
        read(changed);
      } catch (error) {
        expect(error, `${at}`).toBeInstanceOf(UserError);
      }
    }
  });

  test.each<[string, Uint8Array, RegExp]>([
    [
      'big end first',
      legacyTorchFile(one, { 0: { content: six, bytes: 4 } }, { littleEndian: false }),
      /big-endian/,
    ],
    [
      'another pickle',
      pickled.whole(pickled.dictionary(['a', pickled.integer(1)])),
      /a pickle that torch\.save has not written/,
    ],
    [
      'storages of nothing',
      legacyTorchFile(one, { 9: { content: six, bytes: 4 } }),
      /a storage of no known kind/,
    ],
    ['no storages', legacyTorchFile(one, {}), /no storage 0/],
    [
      'more numbers than there are',
      legacyTorchFile(one, { 0: { content: six, bytes: 1 } }),
      /a storage beyond the end/,
    ],
  ])('%s', async (_, file, message) => {
    expect(await refusal(() => read(file))).toMatch(message);
  });
});
