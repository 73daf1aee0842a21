import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { LoggedSetting, Outcome, Scalars } from './run-log.ts';

// The messages of TensorBoard's event files, field by field: tensorboard/compat/proto/{event,summary}.proto, plugins/hparams.

type Message = (writer: BinaryWriter) => void;

const encoded = (...parts: readonly Message[]): Uint8Array => {
  const writer = new BinaryWriter();
  for (const part of parts) part(writer);
  return writer.finish();
};
const text =
  (field: number, value: string): Message =>
  (writer) =>
    writer.tag(field, WireType.LengthDelimited).string(value);
const bytes =
  (field: number, value: Uint8Array): Message =>
  (writer) =>
    writer.tag(field, WireType.LengthDelimited).bytes(value);
const integer =
  (field: number, value: number): Message =>
  (writer) =>
    writer.tag(field, WireType.Varint).int64(value);
const double =
  (field: number, value: number): Message =>
  (writer) =>
    writer.tag(field, WireType.Bit64).double(value);
const float =
  (field: number, value: number): Message =>
  (writer) =>
    writer.tag(field, WireType.Bit32).float(value);
const bool =
  (field: number, value: boolean): Message =>
  (writer) =>
    writer.tag(field, WireType.Varint).bool(value);

/** @param seconds since 1970 */
const event = (seconds: number, step: number, what: Message) =>
  encoded(double(1, seconds), integer(2, step), what);
const summary = (...values: readonly Uint8Array[]): Message =>
  bytes(5, encoded(...values.map((value) => bytes(1, value))));

/** The first event of a file. */
export const versionEvent = (seconds: number): Uint8Array => event(seconds, 0, text(3, 'brain.Event:2'));

/** Says that a run begins at a step: what earlier files have from there on does not count. */
export const startEvent = (seconds: number, step: number): Uint8Array =>
  event(seconds, step, bytes(7, encoded(integer(1, 1))));

export const scalarsEvent = (seconds: number, step: number, values: Scalars): Uint8Array =>
  event(
    seconds,
    step,
    summary(...Object.entries(values).map(([name, value]) => encoded(text(1, name), float(2, value)))),
  );

export function imageEvent(
  seconds: number,
  step: number,
  name: string,
  { png, width, height }: { readonly png: Uint8Array; readonly width: number; readonly height: number },
): Uint8Array {
  // Colour space 3: RGB.
  const image = encoded(integer(1, height), integer(2, width), integer(3, 3), bytes(4, png));
  return event(seconds, step, summary(encoded(text(1, name), bytes(4, image))));
}

/** The settings of a run, for the plugin that compares runs by them. */
export function settingsEvent(
  seconds: number,
  settings: Readonly<Record<string, LoggedSetting>>,
  group: string,
): Uint8Array {
  const entries = Object.entries(settings).map(([name, value]) =>
    bytes(1, encoded(text(1, name), bytes(2, encoded(valueOfSetting(value))))),
  );
  return hparams(seconds, 'session_start_info', 3, encoded(...entries, text(4, group), double(5, seconds)));
}

const valueOfSetting = (value: LoggedSetting): Message =>
  typeof value === 'number' ? double(2, value) : typeof value === 'boolean' ? bool(4, value) : text(3, value);

const STATUS: Readonly<Record<Outcome, number>> = { done: 1, failed: 2, stopped: 2 };

export const endEvent = (seconds: number, outcome: Outcome): Uint8Array =>
  hparams(seconds, 'session_end_info', 4, encoded(integer(1, STATUS[outcome]), double(2, seconds)));

function hparams(seconds: number, name: string, field: number, content: Uint8Array): Uint8Array {
  const data = encoded(text(1, 'hparams'), bytes(2, encoded(bytes(field, content))));
  return event(seconds, 0, summary(encoded(text(1, `_hparams_/${name}`), bytes(9, encoded(bytes(1, data))))));
}
