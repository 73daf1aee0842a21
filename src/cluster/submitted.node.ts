import * as z from 'zod';
import { SLURM } from '../records/entries.ts';
import { readEntry, writeEntry } from '../records/entry.node.ts';
import { jsonFile, type Kept } from '../records/format.ts';

const submission = z.object({
  /** Number of the array. */
  array: z.string(),
  /** Those of the plan's tasks that were submitted. */
  tasks: z.array(z.number()),
  /** ISO 8601. */
  since: z.string(),
});
/** What was handed to Slurm at one time. */
export type SubmittedJobs = Kept<typeof submission>;

const JOBS = jsonFile(`${SLURM}/jobs.json`, 'what of a study was submitted', z.array(submission));

/** The latest last. */
export const submitted = async (study: string): Promise<readonly SubmittedJobs[]> =>
  (await readEntry(study, JOBS)) ?? [];

export async function rememberSubmitted(study: string, jobs: SubmittedJobs): Promise<void> {
  await writeEntry(study, JOBS, [...(await submitted(study)), jobs]);
}
