import type { RandomStream } from '../../core/random.ts';
import type { Size } from '../resize.ts';
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

/** What the network is asked to undo in pretraining: a task by its name, with its settings. */
export type Pretext = {
  readonly [K in PretextName]: { readonly kind: K } & (Tasks[K] extends Task<infer S> ? S : never);
}[PretextName];

const taskOf = ({ kind }: Pretext) => tasks[kind] as Task<Pretext>;

/** Writes what a task makes of an image. Equal streams give equal examples. */
export function degradeExample(example: Example, size: Size, pretext: Pretext, stream: RandomStream): void {
  taskOf(pretext).degrade(example, size, pretext, stream);
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
  return taskOf(pretext).random;
}

/** Whether some pixels count more than others: examples have a weight map then. */
export function weighsPixels(pretext: Pretext): boolean {
  return taskOf(pretext).weighs?.(pretext) ?? false;
}

/** Whether the network is asked for noise, so that its output is no image. */
export function asksForNoise(pretext: Pretext): boolean {
  return taskOf(pretext).noiseScale?.(pretext) !== undefined;
}

/** The image [3, H, W] that an output (or a target) stands for beside its input: itself, or what is left without the noise. */
export function imageOf(pretext: Pretext, input: Float32Array, output: Float32Array): Float32Array {
  const scale = taskOf(pretext).noiseScale?.(pretext);
  if (scale === undefined) return output;
  const image = new Float32Array(output.length);
  for (let i = 0; i < image.length; i++) image[i] = input[i] - scale * output[i];
  return image;
}

/** @throws UserError if a task cannot be done on images of this size */
export function checkPretext(pretext: Pretext, size: Size): void {
  taskOf(pretext).check?.(pretext, size);
}
