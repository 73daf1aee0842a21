import type { Context } from 'hono';
import type { Sample } from '../data/folders/sample.ts';
import type { Dataset } from './dataset.node.ts';
import type { Trainings } from './trainings.node.ts';

/** The training that is asked for, by the name in the address. */
export const nameIn = (context: Context): string => context.req.query('name') ?? '';

/** Answers about the training that is asked for, by its folder; without one it says so. */
export function ofRun(
  trainings: Trainings,
  answer: (context: Context, folder: string) => Promise<Response>,
): (context: Context) => Promise<Response> {
  return async (context) => {
    const folder = await trainings.folderOf(nameIn(context));
    return folder === undefined
      ? missing(context, `training: got "${nameIn(context)}", expected one of this folder; choose it anew`)
      : answer(context, folder);
  };
}

/** Answers about the image that is asked for, by the stem in the address; without one it says so. */
export function ofImage(
  dataset: Dataset,
  answer: (context: Context, sample: Sample) => Promise<Response>,
): (context: Context) => Promise<Response> {
  return async (context) => {
    const stem = context.req.query('stem') ?? '';
    const sample = dataset.sample(stem);
    return sample
      ? answer(context, sample)
      : missing(context, `image: got "${stem}", expected one of this folder; choose it anew`);
  };
}

const missing = (context: Context, problem: string): Response => context.json({ problem }, 404);
