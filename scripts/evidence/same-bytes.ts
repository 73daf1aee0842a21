// What of a study is the same, byte for byte, under other versions of Node.js and with other numbers of jobs, threads and workers: a
// Markdown table.
//
//   npm run -s build && npx tsx scripts/evidence/same-bytes.ts [--work DIR]
//
// A small study on synthetic images: pretraining, a trained encoder with plain images, two seeds. Exit code 1 if what is promised
// in docs/reliability.md differs.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { printHead, printRow } from './support/markdown.ts';
import { NODE_VERSIONS, nodeBinary } from './support/node-binary.ts';
import { fewmask } from './support/program.ts';

interface Variant {
  readonly name: string;
  readonly node?: string;
  readonly settings: readonly string[];
  readonly promised: boolean;
}

const { values } = parseArgs({ options: { work: { type: 'string' } } });
const work = values.work ?? mkdtempSync(join(tmpdir(), 'fewmask-same-'));
const data = join(work, 'data');
started(process.execPath, [
  'data',
  'synth',
  '--out',
  data,
  '--count',
  '48',
  '--labelled',
  '16',
  '--test',
  '8',
  '--size',
  '96',
]);

const usual = ['--jobs', '1', '--threads', '1', '--workers', '1'];
const variants: readonly Variant[] = [
  { name: 'again', settings: usual, promised: true },
  { name: '2 jobs', settings: ['--jobs', '2', '--threads', '1', '--workers', '1'], promised: true },
  { name: '2 workers', settings: ['--jobs', '1', '--threads', '1', '--workers', '2'], promised: true },
  ...NODE_VERSIONS.map((node) => ({ name: `Node.js ${node}`, node, settings: usual, promised: true })),
  { name: '2 threads', settings: ['--jobs', '1', '--threads', '2', '--workers', '1'], promised: false },
];

const expected = made('usual', process.execPath, usual);
printHead(['otherwise', 'files compared', 'differ', 'promised']);
let broken = 0;
for (const { name, node, settings, promised } of variants) {
  const program = node === undefined ? process.execPath : nodeBinary(node, join(work, `node-${node}`));
  const found = made(name.replaceAll(/\W/g, '-'), program, settings);
  const names = new Set([...expected.keys(), ...found.keys()]);
  const differing = [...names].filter((file) => !expected.get(file)?.equals(found.get(file) ?? Buffer.of()));
  printRow([name, String(names.size), String(differing.length), promised ? 'same' : 'not']);
  if (promised) broken += differing.length;
}
if (!values.work) rmSync(work, { recursive: true });
process.exitCode = broken > 0 ? 1 : 0;

/** What a study leaves: tables, splits and weights; what holds durations, dates or settings of the machine is left out. */
function made(name: string, node: string, settings: readonly string[]): ReadonlyMap<string, Buffer> {
  const out = join(work, name);
  started(node, [
    ...['study', '--data', data, '--encoder', 'random', '--out', out, '--overwrite', '--no-pictures'],
    ...['--arms', 'scratch,identity,consistency', '--seeds', '2', '--labels', '16', '--size', '64'],
    ...['--steps', '12', '--pretrain-epochs', '1', '--batch', '4', ...settings],
  ]);
  const files = readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => /(study|runs|epochs|test|plan)\.csv$|\.safetensors$|splits\.json$/.test(path));
  return new Map(files.map((path) => [relative(out, path), readFileSync(path)]));
}

function started(node: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(node, [fewmask, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}
