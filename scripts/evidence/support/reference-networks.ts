import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeEncoder } from '../../../src/encoders/read.node.ts';
import { IMAGE_HEAD } from '../../../src/nn/head.ts';
import { type DecoderName, defaultChannels, type SkipReader, skipReaders } from '../../../src/nn/model.ts';
import { changeReaders } from '../../../src/nn/skip-weights.ts';
import { decodeSafetensors, encodeSafetensors } from '../../../src/onnx/safetensors.ts';
import type { AuditResult } from '../../../src/records/audit-result.ts';
import { RUN, RUN_PATHS } from '../../../src/records/entries.ts';
import { fewmask } from './program.ts';

/** What networks are trained on, and where they go. */
interface Place {
  readonly data: string;
  readonly encoder: string;
  readonly work: string;
}

/** A network whose making is known, and its audit. */
export interface AuditedNetwork {
  readonly name: string;
  readonly decoder: DecoderName;
  readonly result: AuditResult;
}

/** What a decoder needs to be trained well: the one that ends in a single layer starts far from an image. */
const TRAINING: Readonly<Record<DecoderName, readonly string[]>> = {
  unet: ['--epochs', '6'],
  pix2pix: ['--epochs', '8', '--lr', '0.01', '--schedule', 'cosine'],
};
const UNTRAINED = ['--max-steps', '1', '--lr', '1e-12'];

/** A name, and the flags that make it. */
type Training = readonly [string, readonly string[]];

const AUTOENCODERS: readonly Training[] = [
  ['untrained', UNTRAINED],
  ['identity', []],
  ['identity, skips dropped', ['--skips', 'drop:0.5']],
  ['identity, no skips', ['--skips', 'none']],
  ['identity, gated skips', ['--skips', 'gated']],
  ['white noise removed', ['--pretext', 'denoise']],
  ['coarse noise removed', ['--pretext', 'denoise', '--correlation', '16']],
];
const SEGMENTATIONS: readonly Training[] = [
  ['untrained', UNTRAINED],
  ['from scratch', ['--epochs', '40']],
  ['from scratch, no skips', ['--epochs', '40', '--skips', 'none']],
];

/** The identity with weights of the layers that read a skip set to 0. */
interface Planted {
  readonly name: string;
  /** Which layers. */
  readonly changes: (reader: SkipReader) => boolean;
  /** Which of their weights: those for the skip, or those for what comes from the depth. */
  readonly half: (reader: SkipReader) => Pick<SkipReader, 'start' | 'stop'>;
}

const PLANTED: readonly Planted[] = [
  {
    name: 'planted: first skip alone',
    changes: ({ level }) => level === 1,
    half: ({ start }) => ({ start: 0, stop: start }),
  },
  { name: 'planted: no skip', changes: () => true, half: (reader) => reader },
];

/** Trains and audits all of a decoder, as far as it is not done. */
export function auditedNetworks(decoder: DecoderName, place: Place): AuditedNetwork[] {
  const audited = (name: string, folder: string): AuditedNetwork => {
    const result = auditOf(folder);
    console.error(`${decoder}, ${name}: ${result.verdict.label}`);
    return { name, decoder, result };
  };
  const autoencoders = AUTOENCODERS.map((network) =>
    audited(network[0], trained(decoder, 'pretrain', network, place)),
  );
  const planted = PLANTED.map((network) => audited(network.name, edited(decoder, network, place)));
  const segmentations = SEGMENTATIONS.map((network) =>
    audited(network[0], trained(decoder, 'train', network, place)),
  );
  return [...autoencoders, ...planted, ...segmentations];
}

function run(...args: readonly string[]): void {
  execFileSync(process.execPath, [fewmask, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
}

type Command = 'pretrain' | 'train';

function folderOf(decoder: DecoderName, command: Command, name: string, { work }: Place): string {
  return join(work, decoder, command, name.replace(/[^a-z]+/g, '-'));
}

function trained(decoder: DecoderName, command: Command, [name, flags]: Training, place: Place): string {
  const out = folderOf(decoder, command, name, place);
  const common = ['--data', place.data, '--encoder', place.encoder, '--labels', '88', '--decoder', decoder];
  const training = command === 'pretrain' ? TRAINING[decoder] : [];
  run(command, ...common, ...training, ...flags, '--no-pictures', '--out', out, '--resume');
  return out;
}

function edited(decoder: DecoderName, { name, changes, half }: Planted, place: Place): string {
  const out = folderOf(decoder, 'pretrain', name, place);
  if (existsSync(out)) return out;
  const identity = folderOf(decoder, 'pretrain', 'identity', place);
  const encoder = describeEncoder(place.encoder);
  const decoderChannels = defaultChannels(decoder, encoder);
  const readers = skipReaders({ encoder, decoder, decoderChannels, head: IMAGE_HEAD })
    .filter(changes)
    .map((reader) => ({ ...reader, ...half(reader) }));
  // Without what was found of it, which is not true of the copy.
  const audit = join(identity, 'audit');
  cpSync(identity, out, { recursive: true, filter: (source) => !source.startsWith(audit) });
  for (const weights of [RUN_PATHS.best, RUN_PATHS.last]) {
    const file = join(out, weights);
    const { tensors, metadata } = decodeSafetensors(readFileSync(file), file);
    writeFileSync(file, encodeSafetensors({ tensors: changeReaders(tensors, readers, () => 0), metadata }));
  }
  return out;
}

function auditOf(folder: string): AuditResult {
  const file = join(folder, RUN.audit.name);
  if (!existsSync(file)) run('audit', folder, '--no-pictures');
  return JSON.parse(readFileSync(file, 'utf8')) as AuditResult;
}
