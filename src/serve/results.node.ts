import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RUN, STUDY, STUDY_PATHS } from '../records/entries.ts';
import { readEntry } from '../records/entry.node.ts';
import type { StudySummary } from '../records/summaries.ts';
import type { ResultView } from './look-api.ts';
import { place, type Trainings } from './trainings.node.ts';

/** The trainings and studies on a data folder, as a table. They lie in one folder. */
export class Results {
  constructor(readonly trainings: Trainings) {}

  async list(): Promise<ResultView[]> {
    const { folder } = this.trainings;
    const runs = await this.trainings.list();
    const names = await readdir(folder).catch((): string[] => []);
    const studies = await Promise.all(names.map((name) => this.#studyOf(name)));
    const rows = runs.map(
      async ({ name, state, masks, validation, test, reported }): Promise<ResultView> => ({
        ...{ kind: 'run', name, state, validation, reported },
        ...(masks !== undefined && { masks: `${masks}` }),
        tests: test === undefined ? [] : [test],
        date: await dateOf(join(folder, name)),
      }),
    );
    return [...(await Promise.all(rows)), ...studies.filter((study) => study !== undefined)];
  }

  /** The folder of a training or study of this list; undefined for other names. */
  async folderOf(name: string): Promise<string | undefined> {
    const run = await this.trainings.folderOf(name);
    if (run !== undefined) return run;
    return (await this.#studyOf(name)) && join(this.trainings.folder, name);
  }

  async #studyOf(name: string): Promise<ResultView | undefined> {
    const root = this.trainings.folder;
    const folder = join(root, name);
    // A link may lead anywhere, and a name that is asked for be a path.
    if (/[/\\]/.test(name) || (await place(folder)) !== join((await place(root)) ?? '', name))
      return undefined;
    const config = await readEntry(folder, STUDY.settings).catch(() => undefined);
    if (config?.kind !== 'study' || (await place(config.data)) !== this.trainings.options.data)
      return undefined;
    const summary = await readEntry(folder, STUDY.summary).catch(() => undefined);
    const study = summary?.kind === 'study' ? summary : undefined;
    return {
      ...{ kind: 'study', name, state: study && !study.interrupted ? 'done' : 'stopped' },
      ...(study && { masks: budgetsOf(study) }),
      tests: study?.arms.map(({ dice }) => dice) ?? [],
      date: await dateOf(folder),
      reported: existsSync(join(folder, STUDY_PATHS.report)),
    };
  }
}

const budgetsOf = ({ arms }: StudySummary): string =>
  [...new Set(arms.map(({ labels }) => labels))].join(', ');

/** When a folder's summary was written, or else its settings. */
async function dateOf(folder: string): Promise<number | undefined> {
  for (const { name } of [RUN.summary, RUN.settings]) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found) return found.mtimeMs;
  }
  return undefined;
}
