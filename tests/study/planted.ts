import type { EpochRow, ImageRow, RunKey, RunRow, StudyTables } from '../../src/records/study-tables.ts';

/** Which runs there are. */
export interface Design {
  readonly arms: readonly string[];
  /** Default 88 masks. */
  readonly labels?: readonly string[];
  readonly seeds: number;
  readonly draws?: number;
  readonly images?: number;
  readonly epochs?: number;
}

/** What a run comes to. */
export interface Outcome {
  /** Mean test Dice. */
  readonly dice?: number;
  readonly loss?: (epoch: number) => number;
  readonly valDice?: (epoch: number) => number;
}

/** Tables of a study whose outcome is known. Images differ in how hard they are; `hd95` falls as Dice rises. */
export function plantedTables(
  { arms, labels = ['88'], seeds, draws = 1, images = 4, epochs = 10 }: Design,
  outcomeOf: (run: RunKey) => Outcome,
): StudyTables {
  const indices = (count: number) => Array.from({ length: count }, (_, i) => i);
  const keys: RunKey[] = labels.flatMap((labels) =>
    indices(seeds).flatMap((seed) =>
      indices(draws).flatMap((draw) => arms.map((arm) => ({ arm, labels, draw, seed }))),
    ),
  );
  const runs = keys.map((key) => {
    const { dice = 0.5, loss = (epoch) => 1 / epoch, valDice = (epoch) => 1 - 1 / epoch } = outcomeOf(key);
    const rows = indices(epochs).map(
      (i): Required<Omit<EpochRow, 'fold'>> => ({
        ...key,
        epoch: i + 1,
        train_loss: loss(i + 1),
        val_loss: loss(i + 1),
        val_dice: valDice(i + 1),
      }),
    );
    return { key, dice, rows };
  });
  return {
    images: runs.flatMap(({ key, dice }) =>
      indices(images).map((i): ImageRow => {
        const ofImage = dice + 0.02 * (i - (images - 1) / 2);
        return { ...key, image: `${i}`, scores: { dice: ofImage, hd95: 50 * (1 - ofImage) } };
      }),
    ),
    runs: runs.map(({ key, dice, rows }): RunRow => {
      const best = rows.reduce((a, b) => (b.val_dice > a.val_dice ? b : a));
      return {
        ...key,
        masks: masksOf(key.labels),
        steps: 10 * epochs,
        epochs,
        best_epoch: best.epoch,
        best_val_dice: best.val_dice,
        lowest_val_loss: Math.min(...rows.map(({ val_loss }) => val_loss)),
        dice,
        ...{ validated_on: 12, otsu: 0.2, mean_mask: 0.3, nearest: 0.25 },
      };
    }),
    epochs: runs.flatMap(({ rows }) => rows),
  };
}

/** Of 880. */
const masksOf = (labels: string) => (labels.endsWith('%') ? 8.8 * Number.parseFloat(labels) : Number(labels));

/** Tables as they are if no image of some runs validates. */
export function unvalidated(tables: StudyTables, isOne: (run: RunKey) => boolean): StudyTables {
  return {
    images: tables.images,
    runs: tables.runs.map((row) => {
      if (!isOne(row)) return row;
      const { best_epoch, best_val_dice, lowest_val_loss, validated_on, ...rest } = row;
      return rest;
    }),
    epochs: tables.epochs.map((row) => {
      if (!isOne(row)) return row;
      const { val_loss, val_dice, ...rest } = row;
      return rest;
    }),
  };
}

/** Tables without some of the runs. */
export function without(tables: StudyTables, isLeftOut: (run: RunKey) => boolean): StudyTables {
  const kept = <Row extends RunKey>(rows: readonly Row[]) => rows.filter((row) => !isLeftOut(row));
  return { images: kept(tables.images), runs: kept(tables.runs), epochs: kept(tables.epochs) };
}
