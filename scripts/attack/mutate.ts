import { crc32 } from 'node:zlib';
import type { RandomStream } from '../../src/core/random.ts';

/** One of several. */
export const among = <Item>(stream: RandomStream, items: readonly Item[]): Item =>
  items[stream.integer(items.length)];

/** Numbers at which lengths and counts go wrong. */
const EDGES = [0, 1, 2, 127, 128, 255, 256, 32767, 65535, 65536, 0x7fffffff, 0x80000000, 0xffffffff];

/** Bytes with one to four changes: of bytes, numbers, pieces, and the end. */
export function mutatedBytes(bytes: Uint8Array, stream: RandomStream): Uint8Array {
  let mutated = Buffer.from(bytes);
  for (let times = 1 + stream.integer(4); times > 0; times--) mutated = Buffer.from(change(mutated, stream));
  return mutated;
}

function change(bytes: Buffer, stream: RandomStream): Uint8Array {
  if (bytes.length < 8) return bytes;
  // Most of what decides lies at the beginning.
  const reach = stream.integer(2) === 0 ? Math.min(bytes.length, 256) : bytes.length;
  const at = stream.integer(reach - 4);
  switch (stream.integer(7)) {
    case 0:
      bytes[at] ^= 1 << stream.integer(8);
      return bytes;
    case 1:
      bytes[at] = among(stream, EDGES) & 255;
      return bytes;
    case 2:
      bytes.writeUInt32LE(among(stream, EDGES), at);
      return bytes;
    case 3:
      bytes.writeUInt32BE(among(stream, EDGES), at);
      return bytes;
    case 4:
      return bytes.subarray(0, stream.integer(bytes.length));
    case 5: {
      const piece = bytes.subarray(at, at + 1 + stream.integer(64));
      return Buffer.concat([bytes.subarray(0, at), piece, piece, bytes.subarray(at)]);
    }
    default:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + stream.integer(64))]);
  }
}

/** A PNG file whose pieces have the checksums that belong to them again, so that what they hold is looked at. */
export function withChecksums(png: Uint8Array): Uint8Array {
  const bytes = Buffer.from(png);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    if (at + 12 + length > bytes.length) break;
    bytes.writeUInt32BE(crc32(bytes.subarray(at + 4, at + 8 + length)), at + 8 + length);
    at += 12 + length;
  }
  return bytes;
}

/** What stands where something else is meant. */
const ODD: readonly unknown[] = [
  ...[null, true, '', 'x'.repeat(5000), '../../../etc/passwd', '/dev/zero', 'a\u0000b', '\u202e', '1e999'],
  ...[-1, 0, 0.5, 1e308, -1e308, 2 ** 53, Number.MAX_SAFE_INTEGER, 4294967296],
  ...[[], [[]], {}, [null], [1], [[1, 2], [3]]],
  ...[{ __proto__: { polluted: true } }, JSON.parse('{"__proto__":{"polluted":true},"constructor":1}')],
];

/** A value of JSON with one to three changes: of values, keys, and items of lists. */
export function mutatedJson(value: unknown, stream: RandomStream): unknown {
  const root = { root: structuredClone(value) };
  for (let times = 1 + stream.integer(3); times > 0; times--) {
    const places = placesIn(root);
    const { parent, key } = among(stream, places);
    const holder = parent as Record<string, unknown>;
    switch (stream.integer(4)) {
      case 0:
        if (key !== 'root') delete holder[key];
        break;
      case 1:
        if (Array.isArray(holder[key])) holder[key] = [...holder[key], ...holder[key]];
        else holder[key] = [holder[key]];
        break;
      case 2: {
        const other = among(stream, places);
        holder[key] = structuredClone((other.parent as Record<string, unknown>)[other.key]);
        break;
      }
      default:
        holder[key] = among(stream, ODD);
    }
  }
  return root.root;
}

interface PlaceIn {
  readonly parent: object;
  readonly key: string;
}

function placesIn(value: object): PlaceIn[] {
  return Object.entries(value).flatMap(([key, child]) => [
    { parent: value, key },
    ...(typeof child === 'object' && child !== null && !ArrayBuffer.isView(child) ? placesIn(child) : []),
  ]);
}

/** What may do harm in a text. */
const PIECES = [
  ...['<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>', '&a;', '<', '</', ']]>', '"', "'", '\u0000'],
  ...['&x ', '*x', '!!js/function', '- - - -', '{', '}', '[', '\t', '\ufeff', '\r', '\n\n', '9'.repeat(400)],
  ...['-1', 'NaN', 'Infinity', '1e999', '../..'],
];

/** A text with one to four changes: of letters, numbers, lines, and pieces that are put in. */
export function mutatedText(text: string, stream: RandomStream): string {
  let mutated = text;
  for (let times = 1 + stream.integer(4); times > 0; times--) {
    const at = stream.integer(mutated.length + 1);
    const lines = mutated.split('\n');
    const line = stream.integer(lines.length);
    const changes = [
      () => mutated.slice(0, at) + among(stream, PIECES) + mutated.slice(at),
      () => mutated.slice(0, at),
      () => mutated.slice(0, at) + mutated.slice(at + 1 + stream.integer(20)),
      () => lines.toSpliced(line, 1).join('\n'),
      () => lines.toSpliced(line, 0, lines[line], lines[line]).join('\n'),
      () => mutated.replace(/\d+(?=\D*$)/, String(among(stream, EDGES))),
      () => mutated.replace(/\d+/, String(among(stream, EDGES))),
    ];
    mutated = among(stream, changes)();
  }
  return mutated;
}

/** A message of Protocol Buffers with one to three changes in place: of numbers, texts and bytes, and of items of lists. */
export function mutatedMessage(message: object, stream: RandomStream): void {
  for (let times = 1 + stream.integer(3); times > 0; times--) {
    // Which kind something is of goes with its value.
    const places = placesIn(message).filter(
      ({ parent, key }) => key !== '$typeName' && key !== 'case' && said(valueAt(parent, key)),
    );
    const { parent, key } = among(stream, places);
    const alike = places.map((place) => valueAt(place.parent, place.key));
    (parent as Record<string, unknown>)[key] = otherField(valueAt(parent, key), alike, stream);
  }
}

const valueAt = (parent: object, key: string) => (parent as Record<string, unknown>)[key];

/** Whether a field is written: what is empty is not. */
const said = (value: unknown) =>
  Array.isArray(value) || value instanceof Uint8Array ? value.length > 0 : Boolean(value);

/** A value that may stand where another of its type does. */
function otherField(value: unknown, others: readonly unknown[], stream: RandomStream): unknown {
  if (Array.isArray(value)) return otherList(value, stream);
  if (value instanceof Uint8Array) return mutatedBytes(value, stream);
  const alike = others.filter((each) => isLike(each, value));
  if (alike.length > 0 && stream.integer(2) === 0) return among(stream, alike);
  if (typeof value === 'bigint')
    return BigInt.asIntN(64, among(stream, [...EDGES.map(BigInt), -1n, 1n << 62n]));
  if (typeof value === 'number')
    return among(
      stream,
      [...EDGES, -1].map((edge) => edge | 0),
    );
  if (typeof value === 'string')
    return among(stream, ['', 'x'.repeat(5000), '../../../etc/passwd', 'a\u0000b', '\u202e']);
  return value;
}

function otherList(list: readonly unknown[], stream: RandomStream): unknown[] {
  const at = stream.integer(list.length + 1);
  const changes = [
    () => [],
    () => [...list, ...list],
    () => list.toSpliced(at, 1),
    () => list.toReversed(),
    () => list.toSpliced(at, 0, ...list.slice(0, 1)),
  ];
  return among(stream, changes)();
}

/** Of one type; messages, of one kind. */
function isLike(one: unknown, other: unknown): boolean {
  const kind = (value: unknown) =>
    typeof value === 'object' && value !== null && '$typeName' in value ? value.$typeName : typeof value;
  return kind(one) === kind(other) && (typeof one !== 'object' || kind(one) !== 'object');
}
