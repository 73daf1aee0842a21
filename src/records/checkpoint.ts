import type { Architecture } from '../nn/model.ts';
import { mayDiffer, settingsOf } from '../settings/setting.ts';
import { RUN_SCHEMAS } from '../settings/training.ts';

/** How weights came about; no paths, times or machine, so that equal runs give equal bytes. */
export interface Provenance {
  readonly kind: 'pretrain' | 'train';
  readonly architecture: Architecture;
  readonly encoderSha256: string;
  /** What training started from: `random`, or a file's role and SHA-256. */
  readonly start: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** How far a training had come when weights were kept, as `step`. */
export type Reached = Readonly<Record<string, number | boolean>>;

/** What a file of weights says of itself. */
export function checkpointMetadata(
  provenance: Provenance,
  reached: Reached,
): Readonly<Record<string, string>> {
  const { kind, architecture, encoderSha256, start } = provenance;
  return {
    format: 'fewmask 1',
    kind,
    decoder: architecture.decoder,
    decoder_channels: architecture.decoderChannels.join(','),
    outputs: String(architecture.head.channels),
    encoder: architecture.encoder.name,
    encoder_sha256: encoderSha256,
    start,
    ...textOf({ ...toldSettings(provenance), ...reached }),
  };
}

/** The settings that decide the weights. Where nothing is degraded, nothing decides how. */
function toldSettings({ kind, settings }: Provenance): Readonly<Record<string, unknown>> {
  const schema = RUN_SCHEMAS[kind];
  const degrading = settingsOf(schema).flatMap(([name, , { degrades }]) => (degrades ? [name] : []));
  const untold = [...mayDiffer(schema), ...(settings.degrade === 'none' ? degrading : [])];
  return Object.fromEntries(Object.entries(settings).filter(([key]) => !untold.includes(key)));
}

function textOf(values: Readonly<Record<string, unknown>>): Record<string, string> {
  const known = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known.map(([key, value]) => [snakeCase(key), worded(value)]));
}

/** A list of numbers or words as it is given on the command line, `256,128`; what has parts of its own as JSON. */
const worded = (value: unknown): string =>
  [value].flat().some((part) => typeof part === 'object' && part !== null)
    ? JSON.stringify(value)
    : String(value);

const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
