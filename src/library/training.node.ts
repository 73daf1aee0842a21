import { dirname, join } from 'node:path';
import type * as z from 'zod';
import { UserError } from '../core/errors.ts';
import { inform } from '../core/events.ts';
import { owning } from '../core/lock/lock.node.ts';
import type { RunContext } from '../events/run-event.ts';
import { RUN } from '../records/entries.ts';
import type { PretrainSummary, StudySummary, TrainSummary } from '../records/summaries.ts';
import { trainInRounds } from '../runs/self-training.node.ts';
import { outputSchema, planSchema, studyOutputSchema } from '../settings/output.ts';
import { parseSettings } from '../settings/parse.ts';
import type { PretrainOptions, TrainOptions } from '../settings/training.ts';
import type { StudyOptions } from '../study/config.ts';
import { planStudy as plan, type StudyPlan } from '../study/run/estimate.node.ts';
import { runStudy } from '../study/run/study.node.ts';
import { runPretraining } from '../train/pretrain.node.ts';
import { audit } from './audit.node.ts';
import { finish, isNewer } from './finish.node.ts';
import { writeReport } from './report.node.ts';

/** Who is told of a run, and how it was called, for its record. */
interface Caller extends RunContext {
  readonly command?: string;
}

/**
 * Where a run goes, what is shown of it, and who is told. With `resume` it goes on with what was stopped in that folder, to
 * the same result as without the break; what is done already is not done again. Settings may be left out; those given must
 * be the same. If nothing was started there, it starts.
 */
export type Output = z.input<typeof outputSchema> & Caller;

/** The same for a study: it may know runs that were done elsewhere. */
export type StudyOutput = z.input<typeof studyOutputSchema> & Caller;

/** The same for a plan, with what is asked before a study. */
export type PlanOutput = z.input<typeof planSchema> & Caller;

/**
 * Pretrains the decoder as an autoencoder on images without masks.
 *
 * @returns what was reached; the run folder holds weights, metrics and `report.html`
 * @throws UserError for settings, files or numbers that cannot be used
 */
export async function pretrain(options: PretrainOptions, output: Output): Promise<PretrainSummary> {
  const { caller, ...given } = split(output);
  const place = parseSettings(outputSchema, given.output);
  return owning(place.out, async () => {
    const summary = await runPretraining(options, { ...place, ...caller });
    await finish(place.out, place, caller);
    return summary;
  });
}

/**
 * Trains a segmentation network on images with masks, from scratch or from a pretraining run, and tests it.
 *
 * @returns what was reached; the run folder holds weights, metrics, test scores and `report.html`
 * @throws UserError for settings, files or numbers that cannot be used
 */
export async function train(options: TrainOptions, output: Output): Promise<TrainSummary> {
  const { caller, ...given } = split(output);
  const place = parseSettings(outputSchema, given.output);
  return owning(place.out, async () => {
    const summary = await trainInRounds(options, { ...place, ...caller });
    await finish(place.out, place, caller);
    return summary;
  });
}

/**
 * Compares decoders that start differently under the same seeds.
 *
 * @returns the scores of each arm; the folder holds every run and one `report.html`
 * @throws UserError for settings, files or numbers that cannot be used
 */
export async function study(options: StudyOptions, output: StudyOutput): Promise<StudySummary> {
  const { caller, ...given } = split(output);
  const place = parseSettings(studyOutputSchema, given.output);
  return owning(place.out, async () => {
    const summary = await runStudy(options, {
      ...{ ...place, ...caller },
      afterRun: async (run, folder) => {
        await finish(folder, place, caller);
        if (run.audited) await auditPretraining(folder, place.pictures, caller);
      },
    });
    await writeReport(place.out, { pictures: place.pictures });
    return summary;
  });
}

/**
 * Plans a study without beginning it.
 *
 * @returns its runs, an estimate of time, memory and disk space, and what it will be able to show
 * @throws UserError for settings, files or numbers that cannot be used
 */
export async function planStudy(options: StudyOptions, output: PlanOutput): Promise<StudyPlan> {
  const { caller, ...given } = split(output);
  return plan(options, { ...parseSettings(planSchema, given.output), ...caller });
}

function split<Given extends Caller>({ signal, onEvent, command, ...output }: Given) {
  return { caller: { signal, onEvent, command }, output };
}

/** Enough to see which path carries the image, in a few seconds; the command `audit` takes them all. */
const AUDITED_IN_STUDIES = 32;

/** Not again if it is newer than the run's summary. A network that cannot be audited is named and passed over. */
async function auditPretraining(folder: string, pictures: boolean, { onEvent }: Caller): Promise<void> {
  if (isNewer(folder, RUN.audit.name)) return;
  try {
    await audit(
      { run: folder, limit: AUDITED_IN_STUDIES },
      { out: dirname(join(folder, RUN.audit.name)), pictures },
    );
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    inform({ onEvent }, `not audited: ${error.message}`);
  }
}
