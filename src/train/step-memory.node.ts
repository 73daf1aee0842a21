import { type Listener, warn } from '../core/events.ts';
import { gigabytes } from '../core/format.ts';
import { expectMemory, memoryHere } from '../core/memory.node.ts';
import { parseSize, type Size } from '../core/size.ts';
import { leastStepMemory, type StepSize, stepMemory } from '../settings/step-memory.ts';
import type { PretrainConfig } from '../settings/training.ts';

const FIX = 'lower --size, --batch or --plain-batch';

/**
 * Looks whether there is memory for a training step, before images are decoded for it, and warns where the usual decoder would
 * need more.
 *
 * @throws UserError naming what it takes at least, and what there is
 */
export function expectStepMemory(step: StepSize, listener: Listener = {}): void {
  const what = `size ${step.height}x${step.width}, ${step.images} in a step`;
  expectMemory(leastStepMemory(step), what, FIX);
  const [usual, here] = [stepMemory(step), memoryHere()];
  if (usual <= here) return;
  warn(
    listener,
    `${what}: with the usual decoder it takes some ${gigabytes(usual)} of memory, and ${gigabytes(here)} are here; ${FIX}`,
  );
}

/** The same before any image is read: of a step of one image. */
export const expectRoomForOne = (size: Size): void =>
  expectStepMemory({ ...size, images: 1, trained: false });

/** A step of a training on so many images. */
export const stepOf = (
  { size, batch, trainEncoder }: Pick<PretrainConfig, 'size' | 'batch' | 'trainEncoder'>,
  { images, plain = 0 }: { readonly images: number; readonly plain?: number },
): StepSize => ({
  ...parseSize(size),
  images: Math.min(batch, images) + plain,
  trained: trainEncoder !== 'none',
});
