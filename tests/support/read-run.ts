import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../src/core/files.node.ts';
import { decodeSafetensors } from '../../src/onnx/safetensors.ts';

const weightsFile = (run: string, which: 'best' | 'last') => join(run, 'weights', `${which}.safetensors`);

type Row = Readonly<Record<string, number>>;

/** The rows of a run's `metrics.jsonl`: those of steps, and those of epochs. */
export async function readMetrics(run: string): Promise<{ steps: Row[]; epochs: Row[] }> {
  const lines = (await readFile(join(run, 'metrics.jsonl'), 'utf8')).trimEnd().split('\n');
  const rows = lines.map((line) => JSON.parse(line) as Row);
  return { steps: rows.filter((row) => 'step' in row), epochs: rows.filter((row) => 'epoch' in row) };
}

/** SHA-256 of a run's weights file: comparing megabytes value by value takes minutes. */
export async function weightHash(run: string, which: 'best' | 'last'): Promise<string> {
  return sha256(await readFile(weightsFile(run, which)));
}

/** A run's weights and what is said of them. */
export async function readWeights(run: string, which: 'best' | 'last') {
  return decodeSafetensors(await readFile(weightsFile(run, which)), which);
}

/** The cells of a CSV file without quotes, its first row among them. */
export async function readCsv(path: string): Promise<string[][]> {
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  return lines.map((line) => line.split(','));
}

/** The stems of a run's `splits.json`. */
export async function readSplits(run: string): Promise<Record<'train' | 'validation' | 'test', string[]>> {
  const content = JSON.parse(await readFile(join(run, 'splits.json'), 'utf8')) as Record<
    string,
    { stem: string }[]
  >;
  const stems = (part: string) => content[part].map(({ stem }) => stem);
  return { train: stems('train'), validation: stems('validation'), test: stems('test') };
}

/** Everything a run came to, without what time it took. */
export async function outcome(run: string) {
  const { steps, epochs } = await readMetrics(run);
  const timeless = epochs.map(({ seconds, ...row }) => row);
  const csv = (await readFile(join(run, 'results.csv'), 'utf8')).trimEnd().split('\n');
  return {
    best: await weightHash(run, 'best'),
    last: await weightHash(run, 'last'),
    steps,
    epochs: timeless,
    csv: csv.map((line) => line.replace(/,[^,]*$/, '')),
    test: existsSync(join(run, 'test.csv')) && (await readFile(join(run, 'test.csv'), 'utf8')),
    splits: await readFile(join(run, 'splits.json'), 'utf8'),
  };
}
