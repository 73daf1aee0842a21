import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import { writeWhole } from '../core/files.node.ts';
import { RUN_PATHS, STUDY, STUDY_PATHS } from '../records/entries.ts';
import { readEntry, writeEntry } from '../records/entry.node.ts';
import type { StudyFindings } from '../records/study-findings.ts';
import { moreMasksLines } from '../study/analysis/more-masks-text.ts';
import { studyInShort } from '../study/analysis/verdict-text.ts';
import type { Run, Study } from './model.ts';
import type { Html } from './page/html.ts';
import { readPictures } from './pictures.node.ts';
import { readRun } from './run/read-run.node.ts';
import { runReport } from './run/run-report.ts';
import { shownLabels } from './study/budgets.ts';
import { comparisonRows, comparisonsCsv } from './study/comparisons.ts';
import { readStudy } from './study/read-study.node.ts';
import { type RunPictures, type StudyPictures, studyReport } from './study/report.ts';

export { drawOutlines } from './page/outline.ts';
export { writePng } from './pictures.node.ts';

export interface ReportOptions {
  /** Whether pictures are embedded; without them the report can be shown where the data may not be. */
  readonly pictures: boolean;
  /** Of a study with several budgets of masks: how many masks more are asked about. */
  readonly moreMasks?: number;
}

/**
 * Writes `report.html` into a run folder or a study folder, finished or not: one file that needs nothing else. Into a study
 * folder also `analysis.json`, what was found, and `comparisons.csv`, every difference in it.
 *
 * @returns the path of the report
 * @throws UserError if the folder is neither, or more masks are asked about where nothing can be said of them
 */
export async function writeReport(folder: string, options: ReportOptions): Promise<string> {
  const path = join(folder, RUN_PATHS.report);
  const name = basename(resolve(folder));
  const study = existsSync(folder) ? await readStudy(folder, { more: options.moreMasks }) : undefined;
  if (options.moreMasks !== undefined && !study?.findings.more_masks) {
    throw new UserError({
      what: '--more-masks',
      got: `${folder}, ${study ? 'a study with one budget of masks' : 'no study'}`,
      expected: 'a study with several budgets of masks, such as --labels 22,44,88',
      fix: 'leave it out, or name such a study',
    });
  }
  if (study) {
    const pictures = options.pictures ? await studyPictures(study) : undefined;
    await writeEntry(folder, STUDY.findings, study.findings);
    await writeWhole(join(folder, STUDY_PATHS.comparisons), comparisonsCsv(comparisonRows(study.findings)));
    await writeWhole(path, studyReport(study, `Study: ${name}`, pictures).text);
  } else {
    await writeWhole(path, (await ofRun(folder, name, options)).text);
  }
  return path;
}

/**
 * What a study has found, in sentences: the primary contrast, test Dice, and what more masks would buy. As its report says, if it
 * has one.
 *
 * @throws UserError if the folder is no study
 */
export async function explainStudy(folder: string): Promise<readonly string[]> {
  const findings = await studyFindings(folder);
  return [...studyInShort(findings), ...moreMasksLines(findings)];
}

/**
 * What a study has found, as its `analysis.json` says; computed if it has none yet.
 *
 * @throws UserError if the folder is no study
 */
export async function studyFindings(folder: string): Promise<StudyFindings> {
  const findings = await readEntry(folder, STUDY.findings);
  if (findings) return findings;
  const study = existsSync(folder) ? await readStudy(folder) : undefined;
  if (study) return study.findings;
  throw new UserError({ what: folder, got: 'no study', expected: 'the output folder of fewmask study' });
}

async function ofRun(folder: string, name: string, options: ReportOptions): Promise<Html> {
  const run = existsSync(folder) ? await readRun(folder) : undefined;
  if (run) {
    const pictures = options.pictures ? await readPictures(folder) : undefined;
    return runReport(run, `${run.kind === 'pretrain' ? 'Pretraining' : 'Training'} run: ${name}`, pictures);
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

async function studyPictures(study: Study): Promise<StudyPictures> {
  const labels = shownLabels(study);
  const names = [...new Set(study.pretrainings.map(({ name }) => name))];
  return {
    pretrainings: await firstPictures(names, (name) => study.pretrainings.filter((run) => run.name === name)),
    arms: await firstPictures(study.arms, (arm) =>
      study.trainings.filter((run) => run.arm === arm && run.labels === labels),
    ),
    labels,
  };
}

/** Of the first run of each name that has some. */
async function firstPictures(
  names: readonly string[],
  runsOf: (name: string) => readonly { readonly seed: number; readonly run: Run }[],
): Promise<RunPictures[]> {
  const found: RunPictures[] = [];
  for (const name of names) {
    for (const { seed, run } of runsOf(name)) {
      const pictures = await readPictures(run.folder);
      if (pictures.reconstructions.length + pictures.predictions.length === 0) continue;
      found.push({ name, seed, pictures });
      break;
    }
  }
  return found;
}
