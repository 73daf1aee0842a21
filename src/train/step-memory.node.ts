import { expectMemory } from '../core/memory.node.ts';
import type { Size } from '../core/size.ts';
import { leastStepMemory } from '../settings/step-memory.ts';
import type { TrainingPlan } from './plan.ts';

/**
 * Looks whether there is memory for a training step.
 *
 * @param images in a step
 * @throws UserError naming what it takes at least, and what there is
 */
export function expectStepMemory(
  { size, architecture }: Pick<TrainingPlan, 'size' | 'architecture'>,
  images: number,
): void {
  expectRoom(size, images, (architecture.trained?.size ?? 0) > 0);
}

/** The same before any image is read: of a step of one image. */
export const expectRoomForOne = (size: Size): void => expectRoom(size, 1, false);

function expectRoom({ height, width }: Size, images: number, trained: boolean): void {
  expectMemory(
    leastStepMemory({ height, width, images, trained }),
    `size ${height}x${width}, ${images} in a step`,
    'lower --size, --batch or --plain-batch',
  );
}
