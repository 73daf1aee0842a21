import * as z from 'zod';
import { setting } from './setting.ts';
import { text } from './shared.ts';

/** Replaces what a folder or a file holds. */
export const overwriteSetting = (description: string) =>
  setting(z.boolean().default(false), 'Output', description);

/** Whether pictures of the data are shown. */
export const pictures = setting(z.boolean().default(true), 'Output', 'Leave out pictures of the data');

/** Tools of others that a run can be written down for. */
const LOG_NAMES = ['tensorboard', 'mlflow'] as const;
export type LogName = (typeof LOG_NAMES)[number];

/** Where a run or a study goes, and what is shown of it. */
export const outputSchema = z.strictObject({
  out: setting(text, 'Output', 'Folder to write, new or empty', { placeholder: 'dir' }),
  overwrite: overwriteSetting('Replace an earlier run in that folder'),
  resume: setting(
    z.boolean().default(false),
    'Output',
    'Continue what was stopped in that folder. Its settings need not be repeated',
  ),
  saveEvery: setting(
    z.number().min(0).optional(),
    'Output',
    'Seconds of work that a power cut may cost: how often the state is saved (default: 30)',
  ),
  pictures,
  log: setting(
    z.array(z.enum(LOG_NAMES)).default([]),
    'Output',
    'Write the numbers down for a tool, too: tensorboard (files in the folder), or mlflow (the server of MLFLOW_TRACKING_URI). May be repeated',
    { placeholder: 'tool', repeated: true },
  ),
});

/** Where a study goes: it may know runs that were done elsewhere. */
export const studyOutputSchema = outputSchema.extend({
  known: setting(
    text.optional(),
    'Output',
    'Folder with tables of this study from elsewhere. Runs with rows there are not done again',
    { placeholder: 'dir' },
  ),
});

/** Before a study: what it will be able to show. */
export const planSchema = studyOutputSchema.extend({
  like: setting(
    text.optional(),
    'Output',
    'With --dry-run: an earlier study, its folder or its study.csv. As scores vary there, they are taken to vary in this one',
    { placeholder: 'study' },
  ),
  difference: setting(
    z.number().positive().max(1).optional(),
    'Output',
    'With --dry-run: say how many seeds it takes to find a true difference of this size, such as 0.02',
    { placeholder: 'size' },
  ),
});

/** A part of a study's runs, of which other processes make the others. */
export const taskSchema = studyOutputSchema.omit({ overwrite: true, resume: true }).extend({
  task: setting(
    text.optional(),
    'Cluster',
    'Make only this part of the runs, such as 3/12; other processes, also of other machines, make the others in the same folder. Then --gather',
    { placeholder: 'i/n' },
  ),
});

/** A study that is handed to Slurm. */
export const submitSchema = studyOutputSchema.omit({ saveEvery: true }).extend({
  sbatchArgs: setting(
    text.optional(),
    'Cluster',
    "With --slurm: more options of sbatch, such as '--partition=gpu --time=4:00:00'",
    { placeholder: 'options' },
  ),
  dryRun: setting(
    z.boolean().default(false),
    'Cluster',
    'Only show the scripts that --slurm would hand over, and what they would do; nothing is written',
  ),
});
