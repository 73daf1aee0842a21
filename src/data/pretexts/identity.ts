import type { Task } from './task.ts';

/** The image itself is the input. */
export const identity: Task<unknown> = {
  random: false,
  degrade: ({ input, target }) => input.set(target),
};
