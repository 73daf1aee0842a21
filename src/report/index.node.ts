import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import type { Html } from './html.ts';
import { membersOf, type RunKind, type Study } from './model.ts';
import { readPictures } from './pictures.node.ts';
import { readRun } from './read-run.node.ts';
import { readStudy } from './read-study.node.ts';
import { runReport } from './run-report.ts';
import { type StudyPictures, studyReport } from './study-report.ts';
import { studyInShort } from './verdict.ts';

export { drawOutlines } from './outline.ts';
export { writePng } from './pictures.node.ts';

export interface ReportOptions {
  /** Whether pictures are embedded; without them the report can be shown where the data may not be. */
  readonly images: boolean;
}

/**
 * Writes `report.html` into a run folder or a study folder, finished or not: one file that needs nothing else.
 * @returns its path
 * @throws UserError if the folder is neither
 */
export async function writeReport(folder: string, { images }: ReportOptions): Promise<string> {
  const path = join(folder, 'report.html');
  await writeFile(path, (await render(folder, images)).text);
  return path;
}

/**
 * What a study has found, in two sentences: which way the arms went, and whether to believe it.
 * @throws UserError if the folder is no study
 */
export async function explainStudy(folder: string): Promise<readonly string[]> {
  const study = existsSync(folder) ? await readStudy(folder) : undefined;
  if (study) return studyInShort(study);
  throw new UserError({ what: folder, got: 'no study', expected: 'the output folder of fewmask study' });
}

async function render(folder: string, images: boolean): Promise<Html> {
  const name = basename(resolve(folder));
  if (existsSync(folder)) {
    const study = await readStudy(folder);
    if (study) return studyReport(study, `Study: ${name}`, images ? await studyPictures(study) : undefined);
    const run = await readRun(folder);
    if (run) {
      const pictures = images ? await readPictures(folder) : undefined;
      return runReport(run, `${run.kind === 'pretrain' ? 'Pretraining' : 'Training'} run: ${name}`, pictures);
    }
  }
  throw new UserError({
    what: `report on ${folder}`,
    got: existsSync(folder)
      ? 'a folder with neither a run nor a study in it'
      : 'a folder that does not exist',
    expected:
      'a run folder (config.yaml, metrics.jsonl) or a study folder (config.yaml with arms, study.csv)',
    fix: 'give the folder that was the output of fewmask pretrain, train or study',
  });
}

/** The pictures of the first seed of each arm that has some. */
async function studyPictures(study: Study): Promise<StudyPictures> {
  const collect = async (kind: RunKind) => {
    const found = new Map<string, { seed: number; pictures: Awaited<ReturnType<typeof readPictures>> }>();
    for (const arm of study.arms) {
      for (const member of membersOf(study, arm)) {
        const run = member[kind];
        const pictures = run && (await readPictures(run.folder));
        if (!pictures || pictures.reconstructions.length + pictures.predictions.length === 0) continue;
        found.set(arm, { seed: member.seed, pictures });
        break;
      }
    }
    return found;
  };
  return { pretrain: await collect('pretrain'), train: await collect('train') };
}
