import { availableParallelism } from 'node:os';
import { numberIn } from '../../core/csv.ts';
import { UserError } from '../../core/errors.ts';
import { withEncoders } from '../../encoders/read.node.ts';
import { STUDY } from '../../records/entries.ts';
import { expectEntry } from '../../records/entry.node.ts';
import { readTableCells } from '../../records/study-tables.node.ts';
import { expectSameSettings } from '../../train/begin.node.ts';
import { type StudyConfig, type StudyOptions, studySchema } from '../config.ts';
import { resolveStudy } from '../resolve.node.ts';
import { grownStudy } from './growth.node.ts';
import type { FineTuningKey, StudyRunKey } from './plan.ts';

type Cells = Readonly<Record<string, string>>;

/** What the tables of a study say of one fine-tuning. */
export interface KnownRun {
  /** As in its `test.csv`. */
  readonly test: readonly Cells[];
  /** As in its `results.csv`. */
  readonly epochs: readonly Cells[];
  /** Its row in `runs.csv`. */
  readonly numbers: Cells;
}

/** The runs of the same study that were done elsewhere, as its tables tell of them. */
export class KnownRuns {
  readonly #runs: ReadonlyMap<string, KnownRun>;
  readonly #seconds: ReadonlyMap<string, number>;

  private constructor(runs: ReadonlyMap<string, KnownRun>, seconds: ReadonlyMap<string, number>) {
    this.#runs = runs;
    this.#seconds = seconds;
  }

  static readonly none = new KnownRuns(new Map(), new Map());

  /**
   * @param folder with `config.yaml`, `study.csv`, `runs.csv`, `epochs.csv` and `times.csv`
   * @throws UserError if one is missing or damaged, or for a study whose settings are not those of this one
   */
  static async read(folder: string, config: StudyConfig): Promise<KnownRuns> {
    const settings = await expectEntry(folder, STUDY.settings);
    const { kind, ...options } = settings;
    if (kind !== 'study') {
      throw new UserError({
        what: `--known ${folder}`,
        got: `settings of kind ${kind ?? 'unknown'}`,
        expected: 'those of a study',
        fix: 'name the folder of a study',
      });
    }
    // The encoder may lie elsewhere here; its tables do not tell which it was.
    const there = { ...(options as StudyOptions), encoder: config.encoder };
    const before = await withEncoders(() => resolveStudy(there, availableParallelism()));
    expectSameSettings(studySchema, `--known ${folder}`, grownStudy(before, config), config);
    const [{ images, runs: numbers, epochs }, times] = await Promise.all([
      readTableCells(folder),
      expectEntry(folder, STUDY.times),
    ]);
    const [imagesOf, epochsOf] = [byRun(images), byRun(epochs)];
    const runs = numbers.map((row): [string, KnownRun] => {
      const key = keyOfRow(row);
      const test = imagesOf.get(key)!.map(({ arm, seed, labels, draw, fold, image, ...scores }) => ({
        stem: image,
        ...scores,
      }));
      return [key, { test, epochs: epochsOf.get(key) ?? [], numbers: row }];
    });
    const seconds = times.map((row): [string, number] => [
      keyOfRow(row),
      numberIn(row.seconds) ?? Number.NaN,
    ]);
    return new KnownRuns(new Map(runs), new Map(seconds));
  }

  find(run: FineTuningKey): KnownRun | undefined {
    return this.#runs.get(keyOf(run));
  }

  /** How long a run took, if that is known. */
  seconds(run: StudyRunKey): number | undefined {
    return this.#seconds.get(keyOf(run));
  }
}

const keyOf = (run: StudyRunKey) =>
  run.phase === 'train'
    ? JSON.stringify([run.arm, `${run.seed}`, run.labels, `${run.draw}`, `${run.fold ?? ''}`])
    : JSON.stringify([run.arm, `${run.seed}`, '', '', `${run.fold ?? ''}`]);

/** Pretrainings have neither masks nor draws. */
const keyOfRow = ({ arm, seed, labels, draw, fold = '' }: Cells) =>
  JSON.stringify([arm, seed, labels, draw, fold]);

function byRun(rows: readonly Cells[]): Map<string, Cells[]> {
  const groups = new Map<string, Cells[]>();
  for (const row of rows) {
    const key = keyOfRow(row);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}
