import type { Pass } from '../graph/pass.ts';
import { addOfPadded } from './add-of-padded.ts';
import { convOfConcat } from './conv-of-concat.ts';
import { convOfEnlarged } from './conv-of-enlarged.ts';
import { convOfScaled } from './conv-of-scaled.ts';
import { sliceOfConv } from './slice-of-conv.ts';
import { transposeOfSingle } from './transpose-of-single.ts';

/** How everything that is executed is written; the first that fits is taken. */
export const passes: readonly Pass[] = [
  convOfConcat,
  convOfEnlarged,
  convOfScaled,
  sliceOfConv,
  addOfPadded,
  transposeOfSingle,
];
