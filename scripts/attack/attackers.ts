import { annotations } from './annotations.ts';
import type { Attacker } from './attacker.ts';
import { dicom } from './dicom.ts';
import { disks } from './disks.ts';
import { guided } from './guided.ts';
import { images } from './images.ts';
import { kills } from './kills.ts';
import { masks } from './masks.ts';
import { onnx } from './onnx.ts';
import { page } from './page.ts';
import { pairs, pairsInRun } from './pairs.ts';
import { runs } from './runs.ts';
import { yaml } from './settings.ts';
import { csv } from './tables.ts';
import { tasks } from './tasks.ts';
import { tiff } from './tiff.ts';
import { weights } from './weights.ts';

/** Those that act in this process: on what reads files of others, and on the page. */
export const ATTACKERS: readonly Attacker[] = [
  ...[images, tiff, dicom, masks],
  ...annotations,
  ...[yaml, csv],
  ...weights,
  ...[onnx, runs, page],
  ...guided,
];

/** Those that act on the built program as a process: an attempt takes seconds. */
export const OF_PROCESSES: readonly Attacker[] = [...kills, ...disks, pairs, pairsInRun, tasks];
