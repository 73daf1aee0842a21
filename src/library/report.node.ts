import type { StudyFindings } from '../records/study-findings.ts';
import type { Preview, PreviewPlace } from '../report/preview.node.ts';
import { parseSettings } from '../settings/parse.ts';
import { folderIn, type ReportOptions, reportSchema } from '../settings/tools.ts';
import type { PreviewOptions } from '../settings/training.ts';

// The report room is loaded when it is needed: the drawing of charts takes half of a command's start.

/**
 * Writes `report.html` into the folder of a run or study, from what it holds.
 *
 * @param options.pictures whether pictures of the data are shown; default true
 * @param options.moreMasks of a study with several budgets of masks: how many masks more are asked about; default 20
 * @returns its path
 * @throws UserError if the folder is neither, or more masks are asked about where nothing can be said of them
 */
export async function writeReport(
  folder: string,
  options: Omit<ReportOptions, 'folder'> = {},
): Promise<string> {
  const { pictures, moreMasks } = parseSettings(reportSchema, { ...options, folder });
  return (await import('../report/index.node.ts')).writeReport(folder, { pictures, moreMasks });
}

/**
 * What a study has found, in sentences: which way the arms went, whether to believe it, and what more masks would buy.
 *
 * @param folder of a study, finished or not
 * @throws UserError if it is no study
 */
export async function explainStudy(folder: string): Promise<readonly string[]> {
  return (await import('../report/index.node.ts')).explainStudy(folderIn(folder));
}

/**
 * What a study has found, in numbers.
 *
 * @param folder of a study, finished or not
 * @throws UserError if it is no study
 */
export async function studyFindings(folder: string): Promise<StudyFindings> {
  return (await import('../report/index.node.ts')).studyFindings(folderIn(folder));
}

/**
 * Draws what a pretraining with these settings would show the network of a few images, and ask of it, as one picture: a row
 * an image; input, target, and a weight map where pixels do not count alike. Nothing is trained.
 *
 * @returns what the picture shows
 * @throws UserError for settings or images that cannot be used, and for a file in the way
 */
export async function preview(options: PreviewOptions, place: PreviewPlace): Promise<Preview> {
  return (await import('../report/preview.node.ts')).makePreview(options, place);
}
