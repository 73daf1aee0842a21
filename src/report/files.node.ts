import { readFile } from 'node:fs/promises';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { numberIn, parseCsv } from '../core/csv.ts';
import { METRIC_NAMES } from '../eval/metrics.ts';
import {
  type EpochRow,
  epochValues,
  type Scores,
  type Settings,
  type Splits,
  type StepRow,
  type TestRow,
} from './model.ts';

/** Collects one sentence for each file that could not be read as it should. */
export type Note = (sentence: string) => void;

/** The text of a file; undefined if there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR'].includes(String(error.code)))
      return undefined;
    throw error;
  }
}

const settings = z.record(z.string(), z.unknown());

/** `config.yaml`, `environment.json`, `summary.json`: any mapping. JSON is read as the YAML it is. */
export async function readSettings(path: string, name: string, note: Note): Promise<Settings | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  try {
    return settings.parse(name.endsWith('.json') ? JSON.parse(text) : parseYaml(text));
  } catch {
    note(`${name} could not be read.`);
    return undefined;
  }
}

const splitItems = z.array(
  z.union([
    z.string().transform((stem) => ({ stem })),
    z.object({
      stem: z.string(),
      image: z.string().optional().catch(undefined),
      mask: z.string().optional().catch(undefined),
    }),
  ]),
);

/** `splits.json`: the lists in it, whatever their names; other entries are passed over. */
export async function readSplits(path: string, note: Note): Promise<Splits | undefined> {
  const raw = await readSettings(path, 'splits.json', note);
  if (!raw) return undefined;
  const lists = Object.entries(raw).flatMap(([name, list]) => {
    const parsed = splitItems.safeParse(list);
    return parsed.success ? [[name, parsed.data] as const] : [];
  });
  return Object.fromEntries(lists);
}

/** JSON has no NaN: a value that was not finite is null, and null means absent. */
const optionalNumber = z.number().optional().catch(undefined);
const stepRow = z.object({
  step: z.number(),
  train_loss: optionalNumber,
  lr: optionalNumber,
  gradient_norm: optionalNumber,
});
const epochRow = z.object({
  epoch: z.number(),
  ...(Object.fromEntries(epochValues.map((name) => [name, optionalNumber])) as Record<
    (typeof epochValues)[number],
    typeof optionalNumber
  >),
});
const lossRow = z.object({ train_loss: z.null() });

/**
 * `metrics.jsonl`. A resumed run may say an epoch or step twice: the last one counts.
 *
 * @param options.steps whether rows of steps are wanted, which are many
 */
export async function readMetrics(
  path: string,
  note: Note,
  { steps: wanted }: { readonly steps: boolean },
): Promise<{ steps: StepRow[]; epochs: EpochRow[] }> {
  const steps = new Map<number, StepRow>();
  const epochs = new Map<number, EpochRow>();
  let unreadable = 0;
  let notFinite = 0;
  for (const line of ((await readIfThere(path)) ?? '').split('\n')) {
    if (line.trim() === '') continue;
    if (!wanted && line.startsWith('{"step":')) {
      if (line.includes('"train_loss":null')) notFinite++;
      continue;
    }
    const row = parseJson(line);
    const step = stepRow.safeParse(row);
    const epoch = epochRow.safeParse(row);
    if (lossRow.safeParse(row).success) notFinite++;
    if (step.success) steps.set(step.data.step, step.data);
    else if (epoch.success) epochs.set(epoch.data.epoch, epoch.data);
    else unreadable++;
  }
  if (unreadable > 0) note(`${unreadable} of the lines of metrics.jsonl could not be read.`);
  if (notFinite > 0) note(`The training loss was not finite in ${notFinite} of the rows of metrics.jsonl.`);
  return {
    steps: [...steps.values()].sort((a, b) => a.step - b.step),
    epochs: [...epochs.values()].sort((a, b) => a.epoch - b.epoch),
  };
}

/** Rows of `test.csv` or `study.csv`: metrics without prefix are at native size, those with `net_` at network size. */
export async function readScores(
  path: string,
  stemColumn: string,
): Promise<{ row: TestRow; fields: Record<string, string> }[]> {
  const rows = parseCsv((await readIfThere(path)) ?? '');
  return rows.map((fields) => ({
    fields,
    row: { stem: fields[stemColumn] ?? '', native: scoresIn(fields, ''), network: scoresIn(fields, 'net_') },
  }));
}

function scoresIn(fields: Record<string, string>, prefix: string): Scores {
  return Object.fromEntries(METRIC_NAMES.map((metric) => [metric, numberIn(fields[prefix + metric])]));
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
