import { UserError } from '../../core/errors.ts';
import type { RandomStream } from '../../core/random.ts';
import type { Size } from '../../core/size.ts';
import { colorize } from './colorize.ts';
import { denoise } from './denoise.ts';
import { identity } from './identity.ts';
import { mask } from './mask.ts';
import { restore } from './restore.ts';
import { superres } from './superres.ts';
import type { Example, Task } from './task.ts';

/** The pretext tasks by the name they are chosen by. */
const tasks = { identity, denoise, mask, restore, superres, colorize };

type Tasks = typeof tasks;
export type PretextName = keyof Tasks;
export const PRETEXT_NAMES = Object.keys(tasks) as readonly PretextName[];

/** A task by its name, with its settings. */
export type SingleTask = {
  readonly [K in PretextName]: { readonly kind: K } & (Tasks[K] extends Task<infer S> ? S : never);
}[PretextName];

/** One of several tasks, drawn for each image with a probability in proportion to its share. */
interface Mixture {
  readonly kind: 'mixture';
  readonly parts: readonly { readonly share: number; readonly task: SingleTask }[];
}

/** What the network is asked to undo in pretraining. */
export type Pretext = SingleTask | Mixture;

const taskOf = ({ kind }: SingleTask) => tasks[kind] as Task<SingleTask>;

const tasksOf = (pretext: Pretext): readonly SingleTask[] =>
  pretext.kind === 'mixture' ? pretext.parts.map(({ task }) => task) : [pretext];

const weighs = (task: SingleTask) => taskOf(task).weighs?.(task) ?? false;

/** Writes what a task, or one of a mixture, makes of an image. Equal streams give equal examples. */
export function degradeExample(
  { input, target, weight }: Example,
  size: Size,
  pretext: Pretext,
  stream: RandomStream,
): void {
  const task = pretext.kind === 'mixture' ? drawTask(pretext, stream) : pretext;
  const example = weighs(task) ? { input, target, weight } : { input, target };
  taskOf(task).degrade(example, size, task, stream);
}

function drawTask({ parts }: Mixture, stream: RandomStream): SingleTask {
  let left = stream.uniform() * parts.reduce((sum, { share }) => sum + share, 0);
  for (const { share, task } of parts) {
    left -= share;
    if (left < 0) return task;
  }
  return parts[parts.length - 1].task;
}

/** What a task makes of a clean image [3, H, W] in [-1, 1]: the input alone. */
export function degradedImage(
  image: Float32Array,
  size: Size,
  pretext: Pretext,
  stream: RandomStream,
): Float32Array {
  const input = new Float32Array(image.length);
  degradeExample({ input, target: Float32Array.from(image) }, size, pretext, stream);
  return input;
}

/** Whether an image does not always become the same input. */
export function isRandom(pretext: Pretext): boolean {
  return pretext.kind === 'mixture' || taskOf(pretext).random;
}

/** Whether some pixels, of some images at least, count more than others: examples have a weight map then. */
export function weighsPixels(pretext: Pretext): boolean {
  return tasksOf(pretext).some(weighs);
}

/** Whether the network is asked for noise, so that its output is no image. No mixture does. */
export function asksForNoise(pretext: Pretext): boolean {
  return noiseScaleOf(pretext) !== undefined;
}

const noiseScaleOf = (pretext: Pretext) =>
  pretext.kind === 'mixture' ? undefined : taskOf(pretext).noiseScale?.(pretext);

/** The image [3, H, W] that an output (or a target) stands for beside its input: itself, or what is left without the noise. */
export function imageOf(pretext: Pretext, input: Float32Array, output: Float32Array): Float32Array {
  const scale = noiseScaleOf(pretext);
  if (scale === undefined) return output;
  const image = new Float32Array(output.length);
  for (let i = 0; i < image.length; i++) image[i] = input[i] - scale * output[i];
  return image;
}

/** @throws UserError if a task cannot be done on images of this size, or not in a mixture */
export function checkPretext(pretext: Pretext, size: Size): void {
  for (const task of tasksOf(pretext)) {
    taskOf(task).check?.(task, size);
    if (pretext.kind === 'mixture' && asksForNoise(task)) {
      throw new UserError({
        what: 'denoiseTarget',
        got: 'noise in a mixture of tasks',
        expected: 'image, as for the others: an image does not tell which it is',
        fix: 'leave it out',
      });
    }
  }
}
