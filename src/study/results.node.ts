import { join } from 'node:path';
import { parseCsv } from '../core/csv.ts';
import { readNamed, writeWhole } from '../core/files.node.ts';
import { mean } from '../core/mean.ts';
import type { ArmName } from '../train/arms.ts';
import { csvOf } from '../train/run-folder.node.ts';
import type { TrainSummary } from '../train/train.node.ts';
import type { StudyRun } from './plan.ts';

/** What an arm scored. */
export interface ArmResult {
  readonly arm: ArmName;
  readonly seeds: readonly {
    readonly seed: number;
    readonly lowest_val_loss: number;
    readonly best_val_dice: number;
    readonly best_epoch: number;
    readonly steps: number;
    readonly test: TrainSummary['test'];
  }[];
  /** Means over the seeds of the mean test Dice. */
  readonly dice: number;
  readonly net_dice: number;
}

/** A fine-tuning that has ended. */
interface Finished {
  readonly run: StudyRun;
  readonly folder: string;
  readonly summary: TrainSummary;
  /** Of its `test.csv`, by column. */
  readonly rows: readonly Readonly<Record<string, string>>[];
}

/** What the fine-tunings of a study have come to, in the order of the plan, whichever was done first. */
export class StudyResults {
  readonly #finished: Finished[] = [];

  /** Takes a finished run in, and writes `study.csv` anew. */
  async add(run: StudyRun, folder: string, summary: TrainSummary, csv: string): Promise<void> {
    const scores = await readNamed(join(folder, 'test.csv'), 'the test scores of a finished run');
    this.#finished.push({ run, folder, summary, rows: parseCsv(scores.toString()) });
    this.#finished.sort((a, b) => a.run.number - b.run.number);
    await writeWhole(csv, this.#csv());
  }

  /** One row a test image; empty where the run, made by an older version, does not have a score that another has. */
  #csv(): string {
    const rows = this.#finished.flatMap(({ run, rows }) =>
      rows.map(({ stem, ...scores }) => ({ arm: run.arm, seed: run.seed, image: stem, scores })),
    );
    const columns = [...new Set(rows.flatMap(({ scores }) => Object.keys(scores)))];
    return csvOf(
      rows.map(({ scores, ...key }) => ({
        ...key,
        ...Object.fromEntries(columns.map((column) => [column, scores[column] ?? ''])),
      })),
    );
  }

  /** Of arms of which a run has ended. */
  async arms(names: readonly ArmName[]): Promise<ArmResult[]> {
    const arms = names.map((arm) => ({ arm, runs: this.#finished.filter(({ run }) => run.arm === arm) }));
    return Promise.all(
      arms.filter(({ runs }) => runs.length > 0).map(({ arm, runs }) => armResult(arm, runs)),
    );
  }
}

async function armResult(arm: ArmName, runs: readonly Finished[]): Promise<ArmResult> {
  const seeds = await Promise.all(
    runs.map(async ({ run: { seed }, folder, summary }) => {
      const { best_val_dice: dice, best_epoch: epoch, steps, test } = summary;
      return {
        seed,
        lowest_val_loss: await lowestLoss(folder),
        best_val_dice: dice!,
        best_epoch: epoch!,
        steps,
        test,
      };
    }),
  );
  const over = (place: 'native' | 'network') =>
    mean(seeds.flatMap(({ test }) => test?.[place].dice.mean ?? []));
  return { arm, seeds, dice: over('native'), net_dice: over('network') };
}

async function lowestLoss(folder: string): Promise<number> {
  const rows = await readNamed(join(folder, 'metrics.jsonl'), 'the course of a finished run');
  const losses = rows
    .toString()
    .trimEnd()
    .split('\n')
    .flatMap((line) => (JSON.parse(line) as { val_loss?: number }).val_loss ?? []);
  return Math.min(...losses);
}
