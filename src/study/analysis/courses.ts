import type { EpochRow, RunKey } from '../../records/study-tables.ts';

/** The epochs of one run, ascending; at least one. */
export interface Course extends RunKey {
  readonly epochs: readonly EpochRow[];
}

/** Rows by run, in the order in which the runs first come. */
export function coursesOf(rows: readonly EpochRow[]): Course[] {
  const runs = new Map<string, EpochRow[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.arm, row.labels, row.draw, row.seed, row.fold]);
    const epochs = runs.get(key);
    if (epochs) epochs.push(row);
    else runs.set(key, [row]);
  }
  return [...runs.values()].map((epochs) => {
    const { arm, labels, draw, seed, fold } = epochs[0];
    return {
      arm,
      labels,
      draw,
      seed,
      ...(fold !== undefined && { fold }),
      epochs: epochs.sort((a, b) => a.epoch - b.epoch),
    };
  });
}

/** Whether images validate. */
export const isValidated = ({ epochs }: Course): boolean =>
  epochs.some(({ val_dice }) => val_dice !== undefined);

export const lastEpoch = ({ epochs }: Course): number => epochs.at(-1)!.epoch;
