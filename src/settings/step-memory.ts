import type { Size } from '../core/size.ts';

/** What decides how much memory a training step takes. */
export interface StepSize extends Size {
  /** In a step, the plain ones among them. */
  readonly images: number;
  /** Whether the encoder is trained, too. */
  readonly trained: boolean;
}

/** The peak memory of a process that trains, in bytes, without decoded images; as measured from 64 to 512 px, see docs/performance.md. */
export function stepMemory({ images, height, width, trained }: StepSize): number {
  return 370e6 + (trained ? 1100 : 950) * images * height * width;
}

/** What a step takes at least, in bytes: with the smallest decoders a quarter of the usual one's. */
export const leastStepMemory = (step: StepSize): number => stepMemory(step) / 4;
