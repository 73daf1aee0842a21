import type { Task } from './task.ts';

/** ITU-R BT.601. */
const LUMA = [0.299, 0.587, 0.114];

/** The input is grey, its luma in all three channels; the colours are asked for, as by Ross et al. 2018 (IJCARS 13:925). */
export const colorize: Task<unknown> = {
  random: false,
  degrade: ({ input, target }) => {
    const area = target.length / 3;
    for (let i = 0; i < area; i++) {
      const luma = LUMA[0] * target[i] + LUMA[1] * target[i + area] + LUMA[2] * target[i + 2 * area];
      for (let c = 0; c < 3; c++) input[i + c * area] = luma;
    }
  },
};
