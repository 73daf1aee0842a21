import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type * as z from 'zod';
import { type Audit, type AuditHooks, auditRun } from './audit/audit.node.ts';
import type { AuditOptions } from './audit/settings.ts';
import { UserError } from './core/errors.ts';
import { parseSize } from './core/size.ts';
import { type CheckOptions, checkData as checkFolders, type DataCheck } from './data/check/check.node.ts';
import { listEncoders } from './encoders/list.node.ts';
import type { EncoderHooks } from './encoders/obtain.node.ts';
import { RUN, RUN_PATHS } from './records/entries.ts';
import { owning } from './records/lock.node.ts';
import type { Preview, PreviewPlace } from './report/preview.node.ts';
import { outputSchema, studyOutputSchema } from './settings/output.ts';
import { parseSettings } from './settings/parse.ts';
import { countsOf, type SyntheticOptions, syntheticSchema } from './settings/synthetic.ts';
import { checkSchema, encodersSchema, reportSchema } from './settings/tools.ts';
import type { PretrainOptions, PreviewOptions, TrainOptions } from './settings/training.ts';
import type { StudyOptions } from './study/config.ts';
import { runStudy, type StudyHooks, type StudySummary } from './study/run/study.node.ts';
import { type SyntheticSummary, writeSyntheticData } from './synthetic/write.node.ts';
import type { RunHooks } from './train/fit.node.ts';
import { type PretrainSummary, runPretraining } from './train/pretrain.node.ts';
import { runFineTuning, type TrainSummary } from './train/train.node.ts';

export type { Audit, AuditHooks } from './audit/audit.node.ts';
export type { AuditPicture } from './audit/gallery.ts';
export type { AuditResult } from './audit/result.ts';
export type { AuditOptions } from './audit/settings.ts';
export { type Benchmark, benchmark } from './bench/benchmark.node.ts';
export type { BenchmarkOptions } from './bench/settings.ts';
export type { DataCheck, FolderCheck } from './data/check/check.node.ts';
export type { Problem } from './data/check/problems.ts';
export type { EncoderEntry } from './encoders/list.node.ts';
export type { Preview, PreviewPlace } from './report/preview.node.ts';
export { type ApplyHooks, type Evaluation, evaluateRun as evaluate } from './runs/evaluate.node.ts';
export { type ExportedModel, exportRun } from './runs/export.node.ts';
export { type Prediction, predictImages as predict } from './runs/predict.node.ts';
export type { EvaluateOptions, ExportOptions, PredictOptions } from './runs/settings.ts';
export type { SyntheticOptions } from './settings/synthetic.ts';
export type { PretrainOptions, PreviewOptions, TrainOptions } from './settings/training.ts';
export type { Comparison } from './stats/compare.ts';
export type { StudyFindings } from './study/analysis/claims.ts';
export { type CompareOptions, compareResults } from './study/analysis/compare-results.node.ts';
export type { Claim } from './study/analysis/judge.ts';
export type { StudyOptions } from './study/config.ts';
export { planStudy, type StudyPlan } from './study/run/estimate.node.ts';
export type { StudyRun } from './study/run/plan.ts';
export type { ArmResult } from './study/run/results.node.ts';
export type { StudyHooks, StudySummary } from './study/run/study.node.ts';
export { drawSyntheticSample, type SampleOptions, type SyntheticSample } from './synthetic/sample.ts';
export type { SyntheticSummary } from './synthetic/write.node.ts';
export type { RunHooks } from './train/fit.node.ts';
export type { StepRecord } from './train/loop.node.ts';
export type { PretrainSummary } from './train/pretrain.node.ts';
export type { TrainSummary } from './train/train.node.ts';
export { UserError };

/**
 * Where a run or study goes, and what is shown of it. With `resume` it goes on with what was stopped in that folder, to the
 * same result as without the break; what is done already is not done again. Settings may be left out; those given must be
 * the same. If nothing was started there, it starts.
 */
export type Output = z.input<typeof outputSchema>;

/**
 * Pretrains the decoder as an autoencoder on images without masks.
 *
 * @returns what was reached; the run folder holds weights, metrics and `report.html`
 * @throws UserError for settings, files or numbers that cannot be used
 */
export async function pretrain(
  options: PretrainOptions,
  output: Output,
  hooks: RunHooks = {},
): Promise<PretrainSummary> {
  const place = parseSettings(outputSchema, output);
  return owning(place.out, async () => {
    const summary = await runPretraining(options, place, hooks);
    await finish(place.out, place);
    return summary;
  });
}

/**
 * Draws what a pretraining with these settings would show the network of a few images, and ask of it, as one picture: a row
 * an image; input, target, and a weight map where pixels do not count alike. Nothing is trained.
 *
 * @returns what the picture shows
 * @throws UserError for settings or images that cannot be used, and for a file in the way
 */
export async function preview(options: PreviewOptions, place: PreviewPlace): Promise<Preview> {
  return (await import('./report/preview.node.ts')).makePreview(options, place);
}

/**
 * Trains a segmentation network on images with masks, from scratch or from a pretraining run, and tests it.
 *
 * @returns what was reached; the run folder holds weights, metrics, test scores and `report.html`
 * @throws UserError for settings, files or numbers that cannot be used
 */
export async function train(
  options: TrainOptions,
  output: Output,
  hooks: RunHooks = {},
): Promise<TrainSummary> {
  const place = parseSettings(outputSchema, output);
  return owning(place.out, async () => {
    const summary = await runFineTuning(options, place, hooks);
    await finish(place.out, place);
    return summary;
  });
}

/**
 * Compares decoders that start differently under the same seeds.
 *
 * @returns the scores of each arm; the folder holds every run and one `report.html`
 * @throws UserError for settings, files or numbers that cannot be used
 */
export async function study(
  options: StudyOptions,
  output: z.input<typeof studyOutputSchema>,
  hooks: StudyHooks = {},
): Promise<StudySummary> {
  const place = parseSettings(studyOutputSchema, output);
  return owning(place.out, async () => {
    const summary = await runStudy(options, place, {
      ...hooks,
      onRunEnd: async (run, folder, summary, arms) => {
        await finish(folder, place);
        if (run.audited) await auditPretraining(folder, place, hooks);
        await hooks.onRunEnd?.(run, folder, summary, arms);
      },
    });
    await writeReport(place.out, { pictures: place.pictures });
    return summary;
  });
}

/**
 * Writes a data folder of synthetic endoscopy images with lesions and masks, to try things out without data.
 *
 * @param output the folder to write: new or empty, or with `overwrite` an earlier synthetic set
 * @returns what was written; the folder's `synthetic.json` says the same
 * @throws UserError for numbers that do not fit together, or a folder that holds anything else
 */
export async function synthesise(
  options: SyntheticOptions,
  output: Pick<Output, 'out' | 'overwrite'>,
  hooks: { readonly onImage?: (done: number, total: number) => void } = {},
): Promise<SyntheticSummary> {
  const settings = parseSettings(syntheticSchema, options);
  const { size, seed } = settings;
  const place = parseSettings(outputSchema.pick({ out: true, overwrite: true }), output);
  return writeSyntheticData({ ...countsOf(settings), seed, size: parseSize(size), ...place, ...hooks });
}

/**
 * Writes `report.html` into the folder of a run or study, from what it holds.
 *
 * @param options.pictures whether pictures of the data are shown; default true
 * @returns its path
 * @throws UserError if the folder is neither
 */
export async function writeReport(
  folder: string,
  options: Omit<z.input<typeof reportSchema>, 'folder'> = {},
): Promise<string> {
  const { pictures } = parseSettings(reportSchema, { ...options, folder });
  // Loaded when it is needed: the drawing of charts takes half of a command's start.
  const report = await import('./report/index.node.ts');
  return report.writeReport(folder, { pictures });
}

/**
 * What a study has found, in two sentences: which way the arms went, and whether to believe it.
 *
 * @param folder of a study, finished or not
 * @throws UserError if it is no study
 */
export async function explainStudy(folder: string): Promise<readonly string[]> {
  return (await import('./report/index.node.ts')).explainStudy(folder);
}

/** Pictures and report of a run; not again if they are newer than its summary. */
async function finish(folder: string, { pictures, resume }: Output): Promise<void> {
  if (resume && timeOf(join(folder, RUN_PATHS.report)) > timeOf(join(folder, RUN.summary.name))) return;
  if (pictures) await (await import('./report/run/examples.node.ts')).writeExamples(folder);
  await writeReport(folder, { pictures });
}

/** Enough to see which path carries the image, in a few seconds; the command `audit` takes them all. */
const AUDITED_IN_STUDIES = 32;

/** Not again if it is newer than the run's summary. A network that cannot be audited is named and passed over. */
async function auditPretraining(
  folder: string,
  { pictures }: Output,
  { onNotice }: StudyHooks,
): Promise<void> {
  const path = join(folder, RUN_PATHS.audit);
  const out = dirname(path);
  if (timeOf(path) > timeOf(join(folder, RUN.summary.name))) return;
  try {
    await audit({ run: folder, limit: AUDITED_IN_STUDIES }, { out, pictures });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    onNotice?.(`not audited: ${error.message}`);
  }
}

/** Of a file's last change, in ms; 0 if there is none. */
const timeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/**
 * Audits the skip connections of a run's network: whether the image comes through the bottleneck or slips through the
 * skips.
 *
 * @param output a folder for `audit.json` and `audit.html`; without it nothing is written
 * @throws UserError for a run or images that cannot be used
 */
export async function audit(
  options: AuditOptions,
  output?: Pick<Output, 'out' | 'pictures'>,
  hooks: AuditHooks = {},
): Promise<Audit & { readonly page?: string }> {
  const place = output && parseSettings(outputSchema.pick({ out: true, pictures: true }), output);
  const found = await auditRun(options, hooks);
  if (!place) return found;
  const { writeAudit } = await import('./report/audit/write-audit.node.ts');
  const { page } = await writeAudit(found, { ...place, run: options.run });
  return { ...found, page };
}

/**
 * Reads every file of a data folder, or of a folder of plain images, and says what is in it and what is wrong.
 *
 * @throws UserError if it is no such folder, is named twice, or its lists name what is not there
 */
export async function checkData(
  options: z.input<typeof checkSchema>,
  hooks: Pick<CheckOptions, 'onProgress'> = {},
): Promise<DataCheck> {
  const { folder, ...others } = parseSettings(checkSchema, options);
  return checkFolders(folder, { ...others, ...hooks });
}

/**
 * The encoders that are known by name: those to fetch, each cached file checked, and those that are made.
 *
 * @param options.fetch fetches first what is absent or damaged
 * @throws UserError if something cannot be fetched
 */
export async function encoders(
  options: z.input<typeof encodersSchema> = {},
  hooks: EncoderHooks = {},
): ReturnType<typeof listEncoders> {
  return listEncoders({ ...parseSettings(encodersSchema, options), ...hooks });
}
