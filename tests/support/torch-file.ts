import { crc32 } from 'node:zlib';
import { stridesOf } from '../../src/core/shape.ts';
import type { Tensors } from '../../src/core/tensor.ts';

/** Bytes of a pickle: numbers are bytes, texts their characters' (latin1). */
export function bytesOf(...parts: readonly (string | number | Uint8Array)[]): Uint8Array {
  const bytes = (part: string | number | Uint8Array) =>
    typeof part === 'string' ? Buffer.from(part, 'latin1') : typeof part === 'number' ? [part] : part;
  return new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(bytes(part)))));
}

const word = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};

/** Instructions of protocol 2 that make values. */
export const pickled = {
  text: (text: string) => bytesOf('X', word(Buffer.byteLength(text)), Buffer.from(text)),
  integer: (value: number) => bytesOf('J', word(value)),
  /** `c` with a module and a name. */
  global: (module: string, name: string) => bytesOf(`c${module}\n${name}\n`),
  tuple: (...items: readonly Uint8Array[]) => bytesOf('(', ...items, 't'),
  dictionary: (...entries: readonly (readonly [string, Uint8Array])[]) =>
    bytesOf('}(', ...entries.flatMap(([key, value]) => [pickled.text(key), value]), 'u'),
  call: (callee: Uint8Array, ...given: readonly Uint8Array[]) =>
    bytesOf(callee, pickled.tuple(...given), 'R'),
  whole: (value: Uint8Array) => bytesOf(0x80, 2, value, '.'),
};

const { text, integer, global, tuple, call } = pickled;

/** A tensor as a test's file has it. */
export interface MadeTensor {
  readonly key: string;
  readonly type?: string;
  /** Numbers of its storage. */
  readonly count: number;
  readonly offset?: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** Of a storage in an old file. */
  readonly part?: readonly [string, number, number];
}

/** Storage, offset, shape and strides, pickled. */
export function partsOf({ key, type = 'FloatStorage', count, offset = 0, shape, strides, part }: MadeTensor) {
  const named = [text('storage'), global('torch', type), text(key), text('cpu'), integer(count)];
  const told = part ? [tuple(text(part[0]), integer(part[1]), integer(part[2]))] : [];
  const storage = bytesOf(tuple(...named, ...told), 'Q');
  return [storage, integer(offset), ...[shape, strides].map((values) => tuple(...values.map(integer)))];
}

/** How torch.save pickles a tensor. */
export function madeTensor(made: MadeTensor): Uint8Array {
  const noHooks = call(global('collections', 'OrderedDict'));
  return call(global('torch._utils', '_rebuild_tensor_v2'), ...partsOf(made), bytesOf(0x89), noHooks);
}

/** A zip file as torch.save writes it: stored. `wide`: sizes and places as numbers of 64 bits. `alias`: a name of
 * as many letters, under which the last file is listed once more. */
export function zipped(
  files: Readonly<Record<string, Uint8Array>>,
  options: {
    readonly method?: number;
    readonly comment?: string;
    readonly wide?: boolean;
    readonly alias?: string;
  } = {},
): Uint8Array {
  const [parts, directory]: Uint8Array[][] = [[], []];
  let at = 0;
  for (const [name, content] of Object.entries(files)) {
    const common = Buffer.alloc(26);
    common.writeUInt16LE(options.method ?? 0, 4);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    // Torch fills up the local header so that contents begin at multiples of 64.
    const filling = Buffer.alloc((64 - ((at + 30 + name.length) % 64)) % 64, 'Z');
    const local = Buffer.from(common);
    local.writeUInt16LE(filling.length, 24);
    const start = at;
    for (const part of [Buffer.from('PK\x03\x04'), local, Buffer.from(name), filling, content]) {
      parts.push(part);
      at += part.length;
    }
    const place = Buffer.alloc(14);
    place.writeUInt32LE(start, 10);
    const extra = Buffer.alloc(options.wide ? 28 : 0);
    if (options.wide) {
      extra.writeUInt16LE(1);
      extra.writeUInt16LE(24, 2);
      for (const [i, value] of [content.length, content.length, start].entries())
        extra.writeBigUInt64LE(BigInt(value), 4 + 8 * i);
      common.fill(0xff, 14, 22);
      place.fill(0xff, 10);
      common.writeUInt16LE(extra.length, 24);
    }
    directory.push(Buffer.from('PK\x01\x02\0\0'), common, place, Buffer.from(name), extra);
  }
  if (options.alias)
    directory.push(...directory.slice(-5, -2), Buffer.from(options.alias), directory.at(-1)!);
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  for (const at of [8, 10]) end.writeUInt16LE(Object.keys(files).length, at);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(at, 16);
  end.writeUInt16LE(options.comment?.length ?? 0, 20);
  const wideEnd = Buffer.alloc(options.wide ? 76 : 0);
  if (options.wide) {
    end.fill(0xff, 12, 20);
    wideEnd.write('PK\x06\x06');
    wideEnd.writeBigUInt64LE(BigInt(entries.length), 40);
    wideEnd.writeBigUInt64LE(BigInt(at), 48);
    wideEnd.write('PK\x06\x07', 56);
    wideEnd.writeBigUInt64LE(BigInt(at + entries.length), 64);
  }
  return bytesOf(...parts, entries, wideEnd, end, options.comment ?? '');
}

/** A pickled state dict of tensors, and its storages. */
export function stateDict(tensors: Tensors) {
  const all = [...tensors].map(([name, { shape, data }], i) => {
    const tensor = madeTensor({ key: `${i}`, count: data.length, shape, strides: stridesOf(shape) });
    return { name, tensor, content: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
  });
  return {
    value: pickled.dictionary(...all.map(({ name, tensor }) => [name, tensor] as const)),
    storages: Object.fromEntries(all.map(({ content }, i) => [`${i}`, content])),
  };
}

/** A file of torch.save: a pickle's value, and storages by their keys. */
export function torchFile(value: Uint8Array, storages: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const data = Object.entries(storages).map(([key, content]) => [`archive/data/${key}`, content]);
  return zipped({
    'archive/data.pkl': pickled.whole(value),
    'archive/byteorder': Buffer.from('little'),
    ...Object.fromEntries(data),
    'archive/version': Buffer.from('3\n'),
  });
}

/** The same as before PyTorch 1.6; a storage's numbers have so many bytes. */
export function legacyTorchFile(
  value: Uint8Array,
  storages: Readonly<Record<string, { readonly content: Uint8Array; readonly bytes: number }>>,
  options: { readonly littleEndian?: boolean } = {},
): Uint8Array {
  const { littleEndian = true } = options;
  const keys = Object.keys(storages);
  const magic = bytesOf(0x8a, 10, 'l\xfc\x9cF\xf9 j\xa8P\x19');
  const machine = pickled.dictionary(['little_endian', bytesOf(littleEndian ? 0x88 : 0x89)]);
  const contents = Object.values(storages).map(({ content, bytes }) => {
    const count = Buffer.alloc(8);
    count.writeBigInt64LE(BigInt(content.length / bytes));
    return bytesOf(count, content);
  });
  return bytesOf(
    ...[magic, bytesOf('M', 0xe9, 3), machine, value].map(pickled.whole),
    pickled.whole(bytesOf('](', ...keys.map(text), 'e')),
    ...contents,
  );
}
