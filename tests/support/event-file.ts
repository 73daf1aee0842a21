import { readFile } from 'node:fs/promises';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { crc32c } from '../../src/logs/records.ts';

/** The fields of a message by their numbers: numbers, and bytes of what has a length. */
type Fields = ReadonlyMap<number, readonly (number | Uint8Array)[]>;

/** An event of TensorBoard's. */
export interface ReadEvent {
  readonly step: number;
  readonly version?: string;
  readonly starts: boolean;
  readonly values: readonly {
    readonly tag: string;
    readonly value?: number;
    readonly image?: { readonly height: number; readonly width: number; readonly png: Uint8Array };
    readonly hparams?: Fields;
  }[];
}

/** The events of a file, as the format's description says they are read; fails on a checksum that does not fit. */
export async function readEvents(file: string): Promise<ReadEvent[]> {
  const content = await readFile(file);
  const events: ReadEvent[] = [];
  for (let at = 0; at < content.length; ) {
    const length = Number(content.readBigUInt64LE(at));
    expectChecksum(content.subarray(at, at + 8), content.readUInt32LE(at + 8));
    const event = content.subarray(at + 12, at + 12 + length);
    expectChecksum(event, content.readUInt32LE(at + 12 + length));
    events.push(eventOf(fieldsOf(event)));
    at += 16 + length;
  }
  return events;
}

function expectChecksum(bytes: Uint8Array, masked: number): void {
  const turned = (masked - 0xa282ead8) >>> 0;
  const crc = ((turned >>> 17) | (turned << 15)) >>> 0;
  if (crc !== crc32c(bytes)) throw new Error('a checksum does not fit');
}

function eventOf(event: Fields): ReadEvent {
  const summary = bytesIn(event, 5);
  const values = summary
    ? (fieldsOf(summary).get(1) as Uint8Array[]).map((value) => summaryValue(fieldsOf(value)))
    : [];
  const version = bytesIn(event, 3);
  return {
    step: (event.get(2)?.[0] as number) ?? 0,
    ...(version && { version: Buffer.from(version).toString() }),
    starts: bytesIn(event, 7) !== undefined && fieldsOf(bytesIn(event, 7)!).get(1)?.[0] === 1,
    values,
  };
}

function summaryValue(value: Fields): ReadEvent['values'][number] {
  const image = bytesIn(value, 4);
  const metadata = bytesIn(value, 9);
  const plugin = metadata && fieldsOf(bytesIn(fieldsOf(metadata), 1)!);
  return {
    tag: Buffer.from(bytesIn(value, 1)!).toString(),
    ...(value.has(2) && { value: value.get(2)![0] as number }),
    ...(image && { image: imageOf(fieldsOf(image)) }),
    ...(plugin && { hparams: fieldsOf(bytesIn(plugin, 2)!) }),
  };
}

const imageOf = (image: Fields) => ({
  height: image.get(1)![0] as number,
  width: image.get(2)![0] as number,
  png: bytesIn(image, 4)!,
});

export const bytesIn = (fields: Fields, field: number): Uint8Array | undefined =>
  fields.get(field)?.[0] as Uint8Array | undefined;

export function fieldsOf(message: Uint8Array): Fields {
  const reader = new BinaryReader(message);
  const fields = new Map<number, (number | Uint8Array)[]>();
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    const value =
      type === WireType.Varint
        ? Number(reader.int64())
        : type === WireType.Bit64
          ? reader.double()
          : type === WireType.Bit32
            ? reader.float()
            : reader.bytes();
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return fields;
}
