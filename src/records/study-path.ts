/** A fine-tuning's masks, where a study draws them more than once. */
interface Drawn {
  readonly labels: string;
  readonly draw: number;
}

/** Where a run lies in the folder of its study: `<name>/seed-<n>/<run>`; its masks and its fold are in the name if they are given. */
export function studyPath(
  name: string,
  seed: number,
  phase: 'pretrain' | 'train',
  masks?: Drawn,
  fold?: number,
): string[] {
  const drawn = masks ? [masks.labels, ...(masks.draw > 0 ? [masks.draw] : [])] : [];
  const parts = [...drawn, ...(fold === undefined ? [] : [`fold${fold}`])];
  return [name, `seed-${seed}`, [phase, ...parts].join('-')];
}

/** The name of a seed's folder. */
export const SEED_FOLDER = /^seed-(0|[1-9]\d*)$/;

/** The seed that a folder is of; undefined for a folder of another name. */
export function seedOfFolder(folder: string): number | undefined {
  const seed = SEED_FOLDER.exec(folder)?.[1];
  return seed === undefined ? undefined : Number(seed);
}

/** What the name of a run's folder says; undefined for a folder of another name. */
export function runOfFolder(
  folder: string,
): ({ readonly phase: 'pretrain' | 'train'; readonly fold?: number } & Partial<Drawn>) | undefined {
  const [, run, number] = /^(.*?)(?:-fold([1-9]\d*))?$/.exec(folder)!;
  const fold = number === undefined ? {} : { fold: Number(number) };
  if (run === 'pretrain') return { phase: 'pretrain', ...fold };
  const found = /^train(?:-([^-]+)(?:-(\d+))?)?$/.exec(run);
  return found ? { phase: 'train', labels: found[1], draw: Number(found[2] ?? 0), ...fold } : undefined;
}
