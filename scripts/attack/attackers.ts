import { annotations } from './annotations.ts';
import type { Attacker } from './attacker.ts';
import { images } from './images.ts';
import { runs } from './runs.ts';
import { weights } from './weights.ts';

/** All of them. */
export const ATTACKERS: readonly Attacker[] = [images, ...annotations, ...weights, runs];
