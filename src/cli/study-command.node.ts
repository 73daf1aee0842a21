import { join } from 'node:path';
import type { Command } from 'commander';
import * as z from 'zod';
import { UserError } from '../core/errors.ts';
import type { Output, StudyOptions, StudySummary } from '../index.ts';
import { RUN_PATHS } from '../records/entries.ts';
import { planSchema, submitSchema, taskSchema } from '../settings/output.ts';
import { setting } from '../settings/setting.ts';
import { text } from '../settings/shared.ts';
import { studySchema } from '../study/config.ts';
import { statusText, submissionText, taskText } from './cluster-text.ts';
import { flagOf } from './flags.ts';
import { library } from './library.ts';
import type { Outcome } from './outcome.ts';
import { planText } from './plan-text.ts';
import { formatDuration } from './progress.ts';
import { studyTable } from './tables.ts';
import { goOn, type Runner, trainingCommand } from './training-commands.node.ts';

const flags = z.object({
  known: planSchema.shape.known,
  dryRun: setting(
    z.boolean().default(false),
    'Output',
    'Only show what would be done, and estimate time, memory and disk space, and which differences it could show',
  ),
  like: planSchema.shape.like,
  difference: planSchema.shape.difference,
  slurm: setting(
    z.boolean().default(false),
    'Cluster',
    'Hand the study to Slurm: an array of jobs, and one that then makes tables and report. With --resume what is missing',
  ),
  slurmDryRun: submitSchema.shape.dryRun,
  sbatchArgs: submitSchema.shape.sbatchArgs,
  task: taskSchema.shape.task,
  gather: setting(
    z.boolean().default(false),
    'Cluster',
    'Train nothing: make tables and report of the runs that have ended in the folder',
  ),
  status: setting(
    text.optional(),
    'Cluster',
    'Only tell what has become of the study in this folder: its runs, and jobs that were submitted',
    { placeholder: 'dir' },
  ),
});
type Flags = z.output<typeof flags>;

export function studyCommand(): Command {
  const description = 'Compare decoders that start from scratch with pretrained ones, over several seeds';
  return trainingCommand('study', description, studySchema, flags.shape, runStudy);
}

type Place = Omit<Parameters<Runner<Flags>>[1], keyof Flags> & Pick<Flags, 'known'>;
type Mode = (settings: StudyOptions, place: Place, own: Flags) => Promise<Outcome>;

/** What the command does where one of these flags is given, and otherwise. */
const MODES = {
  dryRun: async (settings, place, { like, difference }) => {
    const plan = await (await library()).planStudy(settings, { ...place, like, difference });
    return { json: plan, text: planText(plan) };
  },
  slurm: async (settings, place, { sbatchArgs }) => submit(settings, { ...place, sbatchArgs }),
  slurmDryRun: async (settings, place, { sbatchArgs }) =>
    submit(settings, { ...place, sbatchArgs, dryRun: true }),
  task: async (settings, { overwrite, resume, ...place }, { task }) => {
    const summary = await (await library()).studyTask(settings, { ...place, task });
    return { json: summary, text: taskText(summary, place.out), interrupted: summary.interrupted };
  },
  gather: async (_settings, place) => studyOutcome(await (await library()).gatherStudy(place), place),
  status: async (_settings, _place, { status = '' }) => {
    const found = await (await library()).studyStatus(status);
    return { json: found, text: statusText(found) };
  },
} satisfies Partial<Record<keyof Flags, Mode>>;

const submit = async (
  settings: StudyOptions,
  place: Parameters<Awaited<ReturnType<typeof library>>['submitStudy']>[1],
) => {
  const submission = await (await library()).submitStudy(settings, place);
  return { json: submission, text: submissionText(submission, place.out) };
};

const runStudy: Runner<Flags> = async (settings, output) => {
  const isOwn = (name: string) => name in flags.shape && name !== 'known';
  const place = Object.fromEntries(Object.entries(output).filter(([name]) => !isOwn(name))) as Place;
  const modes = Object.keys(MODES) as (keyof typeof MODES)[];
  const [mode, ...others] = modes.filter((name) => output[name]);
  if (mode && others.length > 0) throw together([mode, ...others]);
  // They go on with what is there.
  if (output.overwrite && (mode === 'task' || mode === 'gather')) throw together([mode, 'overwrite']);
  const { like, difference, sbatchArgs } = output;
  if (mode !== 'dryRun') expectAlone({ like, difference }, 'dryRun');
  if (mode !== 'slurm' && mode !== 'slurmDryRun') expectAlone({ sbatchArgs }, 'slurm');
  if (mode) return MODES[mode](settings as StudyOptions, place, output);
  return studyOutcome(await (await library()).study(settings as StudyOptions, place), place);
};

function together(modes: readonly string[]): UserError {
  return new UserError({
    what: 'study',
    got: modes.map(flagOf).join(' and '),
    expected: 'one of them',
    fix: 'leave out the others',
  });
}

/** @throws UserError for a flag that means something only with another */
function expectAlone(given: Readonly<Record<string, unknown>>, needed: string): void {
  const flag = Object.keys(given).find((name) => given[name] !== undefined);
  if (flag === undefined) return;
  throw new UserError({
    what: flagOf(flag),
    got: `no ${flagOf(needed)}`,
    expected: 'both, as it only says something of that',
    fix: `add ${flagOf(needed)}, or leave it out`,
  });
}

/** A study's table, what it means, and where the report is. */
export async function studyOutcome(
  summary: StudySummary,
  output: Output & { readonly known?: string },
): Promise<Outcome> {
  const { explainStudy, studyFindings } = await library();
  const { more_masks } = await studyFindings(output.out);
  return {
    json: { ...summary, ...(more_masks && { more_masks }), out: output.out },
    interrupted: summary.interrupted,
    text: [
      summary.arms.length > 0
        ? `${studyTable(summary.arms)}\nDice: overlap with the true masks, from 0 to 1. Native: at the size of each image.\nNetwork: at the size of the network's input, as in the columns of the seeds.\n\n${(await explainStudy(output.out)).join('\n')}\n`
        : 'no run is finished',
      summary.interrupted ? goOn('study', output) : `done in ${formatDuration(summary.seconds)}`,
      `report: ${join(output.out, RUN_PATHS.report)}`,
    ].join('\n'),
  };
}
