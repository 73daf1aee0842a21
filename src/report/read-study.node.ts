import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readScores, readSettings } from './files.node.ts';
import { baseline, type Member, type Settings, type Study, type TestRow } from './model.ts';
import { readRun } from './read-run.node.ts';

/** Reads a study folder as far as it goes; undefined if nothing in it looks like a study. */
export async function readStudy(folder: string): Promise<Study | undefined> {
  const notes: string[] = [];
  const note = (sentence: string) => notes.push(sentence);
  const config = (await readSettings(join(folder, 'config.yaml'), 'config.yaml', note)) ?? {};
  const found = await findMembers(folder);
  const isStudy =
    typeof config.arms === 'object' || config.kind === 'study' || existsSync(join(folder, 'study.csv'));
  if (!isStudy && found.length === 0) return undefined;

  const tests = await readStudyScores(folder);
  const folders = new Set(found.map(({ arm, seed }) => keyOf(arm, seed)));
  const keys = new Map(
    [...found, ...tests.values()].map(({ arm, seed }) => [keyOf(arm, seed), { arm, seed }]),
  );
  const members: Member[] = [];
  for (const [key, { arm, seed }] of keys) {
    // An arm that only study.csv names is not a folder name to follow.
    const place = folders.has(key) ? join(folder, arm, `seed-${seed}`) : undefined;
    const train = place ? await readRun(join(place, 'train')) : undefined;
    const pretrain = place ? await readRun(join(place, 'pretrain')) : undefined;
    for (const run of [pretrain, train])
      for (const sentence of run?.notes ?? []) note(`${arm}, seed ${seed}, ${run!.kind}: ${sentence}`);
    members.push({ arm, seed, train, pretrain, test: tests.get(key)?.rows ?? train?.test ?? [] });
  }
  const arms = orderArms(config, members);
  return {
    folder,
    config,
    environment: (await readSettings(join(folder, 'environment.json'), 'environment.json', note)) ?? {},
    arms,
    plannedSeeds: plannedSeeds(config),
    members: members.sort((a, b) => arms.indexOf(a.arm) - arms.indexOf(b.arm) || a.seed - b.seed),
    notes,
  };
}

/** Arm and seed of each folder `<arm>/seed-<n>` that holds a `train` or `pretrain` folder. */
async function findMembers(folder: string): Promise<{ arm: string; seed: number }[]> {
  const members: { arm: string; seed: number }[] = [];
  for (const arm of await foldersIn(folder)) {
    for (const name of await foldersIn(join(folder, arm))) {
      const seed = /^seed-(0|[1-9]\d*)$/.exec(name)?.[1];
      const holdsRun = ['train', 'pretrain'].some((kind) => existsSync(join(folder, arm, name, kind)));
      if (seed !== undefined && holdsRun) members.push({ arm, seed: Number(seed) });
    }
  }
  return members;
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** `study.csv` by arm and seed. */
async function readStudyScores(
  folder: string,
): Promise<Map<string, { arm: string; seed: number; rows: TestRow[] }>> {
  const groups = new Map<string, { arm: string; seed: number; rows: TestRow[] }>();
  for (const { row, fields } of await readScores(join(folder, 'study.csv'), 'image')) {
    const { arm } = fields;
    const seed = Number(fields.seed);
    if (!arm || !Number.isInteger(seed)) continue;
    const key = keyOf(arm, seed);
    if (!groups.has(key)) groups.set(key, { arm, seed, rows: [] });
    groups.get(key)!.rows.push(row);
  }
  return groups;
}

const keyOf = (arm: string, seed: number): string => `${seed} ${arm}`;

/** The arms that the config names, in its order, then any others, the baseline first. */
function orderArms(config: Settings, members: readonly Member[]): string[] {
  const planned = Array.isArray(config.arms)
    ? config.arms.filter((arm) => typeof arm === 'string')
    : Object.keys(config.arms ?? {});
  const others = members
    .map(({ arm }) => arm)
    .sort((a, b) => Number(b === baseline) - Number(a === baseline) || a.localeCompare(b));
  return [...new Set([...planned, ...others])];
}

function plannedSeeds({ seeds }: Settings): number | undefined {
  if (Array.isArray(seeds)) return seeds.length;
  return typeof seeds === 'number' ? seeds : undefined;
}
