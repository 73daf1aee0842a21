import { numberIn, type Row } from '../../core/csv.ts';
import { UserError } from '../../core/errors.ts';
import { mean } from '../../core/mean.ts';
import { METRIC_NAMES, type Metric, OVERLAP_METRICS } from '../../eval/metrics.ts';
import { type SegmentationScores, summariseScores } from '../../objectives/segment.ts';
import { RUN, STUDY, STUDY_TABLES } from '../../records/entries.ts';
import { expectEntry, readEntry, writeEntry } from '../../records/entry.node.ts';
import { EPOCH_COLUMNS, type NumbersOf, RUN_COLUMNS } from '../../records/study-tables.ts';
import type { ArmResult, RunSummary, SeedResult } from '../../records/summaries.ts';
import type { KnownRuns } from './known-runs.node.ts';
import type { StudyRun, StudyRunKey } from './plan.ts';

type FineTuning = Extract<StudyRun, { phase: 'train' }>;

/** A fine-tuning that has ended. */
interface Finished {
  readonly run: FineTuning;
  /** Of its `test.csv` and its `results.csv`. */
  readonly test: readonly Readonly<Record<string, string>>[];
  readonly epochs: readonly Readonly<Record<string, string>>[];
  readonly numbers: RunNumbers;
}

/** What `runs.csv` says of a run. */
type RunNumbers = NumbersOf<(typeof RUN_COLUMNS)[number]>;

/** The results of a study's runs, in the order of the plan, whichever was done first. */
export class StudyResults {
  readonly #finished: Finished[] = [];
  readonly #times: { readonly run: StudyRun; readonly seconds: number }[] = [];
  /** Their numbers. */
  readonly #taken = new Set<number>();
  #written: Promise<unknown> = Promise.resolve();

  /**
   * @param folder of the study, in which its tables are kept
   * @param names of its arms, in order
   */
  constructor(
    readonly folder: string,
    readonly names: readonly string[],
  ) {}

  /** Takes a finished run in, and writes the tables anew; nothing is done with one that was taken in before. */
  async add(run: StudyRun, place: string, summary: RunSummary): Promise<void> {
    if (this.#taken.has(run.number)) return;
    await this.#take(run, place, summary);
    await this.write();
  }

  /**
   * Takes in the runs that have ended in their folders, whoever made them, and writes the tables anew.
   *
   * @returns the others
   */
  async addFinished<Run extends StudyRun>(
    runs: readonly Run[],
    folderOf: (run: StudyRunKey) => string,
  ): Promise<Run[]> {
    const left: Run[] = [];
    for (const run of runs) {
      const summary = await readEntry(folderOf(run), RUN.summary);
      if (!summary || summary.interrupted || summary.kind === 'study') left.push(run);
      else await this.#take(run, folderOf(run), summary);
    }
    await this.write();
    return left;
  }

  async #take(run: StudyRun, place: string, summary: RunSummary): Promise<void> {
    this.#taken.add(run.number);
    this.#times.push({ run, seconds: summary.seconds });
    if (run.phase === 'train' && summary.kind === 'train') {
      const [test, epochs] = await Promise.all(
        [RUN.test, RUN.epochs].map((table) => expectEntry(place, table)),
      );
      const { masks, steps, epochs: passes, best_epoch, best_val_dice, test: tested } = summary;
      const numbers = {
        ...{ masks, steps, epochs: passes, best_epoch, best_val_dice },
        lowest_val_loss: least(epochs.flatMap(({ val_loss }) => numberIn(val_loss) ?? [])),
        dice: tested!.native.dice.mean,
        validated_on: summary.validated_on,
        ...summary.baselines,
      };
      this.#finished.push({ run, test, epochs, numbers });
    }
  }

  /**
   * Takes in what is known of runs that were done elsewhere; the tables are as they were.
   *
   * @throws UserError naming the first that is not known
   */
  takeKnown(runs: readonly StudyRun[], known: KnownRuns): void {
    for (const run of runs) {
      const seconds = known.seconds(run);
      if (seconds !== undefined) this.#times.push({ run, seconds });
      if (run.phase === 'pretrain') continue;
      const found = known.find(run);
      if (!found) {
        throw new UserError({
          what: `${this.folder}: arm ${run.arm}, labels ${run.labels}, draw ${run.draw}, seed ${run.seed}`,
          got: 'a run that was done elsewhere, and no results of it',
          expected: 'tables that tell of it',
          fix: 'name their folder with --known',
        });
      }
      const { test, epochs, numbers } = found;
      const row = RUN_COLUMNS.map((column) => [column, numberIn(numbers[column])]);
      this.#finished.push({ run, test, epochs, numbers: Object.fromEntries(row) as RunNumbers });
    }
  }

  /** Writes the tables anew, the images of a run before the run; of several calls at once one after the other. */
  async write(): Promise<void> {
    const written = this.#written.then(() => this.#writeNow());
    this.#written = written.catch(() => {});
    await written;
  }

  async #writeNow(): Promise<void> {
    for (const list of [this.#finished, this.#times]) list.sort((a, b) => a.run.number - b.run.number);
    // Other runs may end meanwhile.
    const tables = STUDY_TABLES.map((table) => [table, this.#rows[table]()] as const);
    for (const [table, rows] of tables)
      if (rows.length > 0) await writeEntry(this.folder, STUDY[table], rows);
  }

  readonly #rows: Readonly<Record<(typeof STUDY_TABLES)[number], () => Row[]>> = {
    images: () =>
      this.#finished.flatMap(({ run: { arm, seed, ...drawn }, test }) =>
        test.map(({ stem, ...scores }) => ({ arm, seed, image: stem, ...scores, ...drawnOf(drawn) })),
      ),
    runs: () =>
      this.#finished.map(({ run, numbers }) => ({ ...keysOf(run), ...cellsOf(numbers, RUN_COLUMNS) })),
    epochs: () =>
      this.#finished.flatMap(({ run, epochs }) =>
        epochs.map((row) => ({ ...keysOf(run), ...cellsOf(row, EPOCH_COLUMNS) })),
      ),
    times: () =>
      this.#times.map(({ run, seconds }) => ({
        phase: run.phase,
        arm: run.arm,
        seed: run.seed,
        labels: run.phase === 'train' ? run.labels : '',
        draw: run.phase === 'train' ? run.draw : '',
        ...(run.fold !== undefined && { fold: run.fold }),
        seconds: Number(seconds.toFixed(2)),
      })),
  };

  /** Of each arm and budget of which a run has ended. */
  arms(): ArmResult[] {
    return this.names.flatMap((arm) => {
      const ofArm = this.#finished.filter(({ run }) => run.arm === arm);
      const budgets = [...new Set(ofArm.map(({ run }) => run.labels))];
      return budgets.map((labels) => armResult(ofArm.filter(({ run }) => run.labels === labels)));
    });
  }
}

const keysOf = ({ arm, seed, ...drawn }: FineTuning) => ({ arm, seed, ...drawnOf(drawn) });

const drawnOf = ({ labels, draw, fold }: Pick<FineTuning, 'labels' | 'draw' | 'fold'>) => ({
  ...{ labels, draw },
  ...(fold !== undefined && { fold }),
});

/** Empty where there is nothing. */
const cellsOf = (values: Readonly<Record<string, string | number | undefined>>, columns: readonly string[]) =>
  Object.fromEntries(columns.map((column) => [column, values[column] ?? '']));

const least = (values: readonly number[]) => (values.length > 0 ? Math.min(...values) : undefined);

function armResult(finished: readonly Finished[]): ArmResult {
  const bySeed = new Map<string, Finished[]>();
  for (const one of finished) {
    const key = `${one.run.seed} ${one.run.draw}`;
    bySeed.set(key, [...(bySeed.get(key) ?? []), one]);
  }
  const seeds = [...bySeed.values()].map(seedResult);
  const over = (place: 'native' | 'network') => mean(seeds.map(({ test }) => test[place].dice.mean));
  const { arm, labels } = finished[0].run;
  return { arm, labels, seeds, dice: over('native'), net_dice: over('network') };
}

/** Of a seed and draw; of a study over folds the means of its runs, and the scores of all their images. */
function seedResult(folds: readonly Finished[]): SeedResult {
  const { seed, draw } = folds[0].run;
  const over = (name: 'lowest_val_loss' | 'best_val_dice' | 'best_epoch') => {
    const values = folds.flatMap(({ numbers }) => numbers[name] ?? []);
    return values.length > 0 ? mean(values) : undefined;
  };
  return {
    ...{ seed, draw, lowest_val_loss: over('lowest_val_loss'), best_val_dice: over('best_val_dice') },
    ...{ best_epoch: over('best_epoch'), steps: mean(folds.map(({ numbers }) => numbers.steps)) },
    test: summariseScores(folds.flatMap(({ test }) => test.map(scoresOf))),
  };
}

/** What a row of `test.csv` says. */
function scoresOf(row: Readonly<Record<string, string>>): SegmentationScores {
  const of = <M extends Metric>(metrics: readonly M[], prefix = '') =>
    Object.fromEntries(
      metrics.map((metric) => [metric, numberIn(row[`${prefix}${metric}`]) ?? Number.NaN]),
    ) as Record<M, number>;
  return { native: of(METRIC_NAMES), network: of(OVERLAP_METRICS, 'net_') };
}
