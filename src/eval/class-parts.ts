import type { Size } from '../core/size.ts';
import { partsOf } from '../data/masks/parts.ts';
import { fillHoles, removeParts } from './mask-parts.ts';
import type { MaskRule } from './mask-rule.ts';

/**
 * Fills small holes in a map of classes, in place, then takes small parts away. A hole is a part of the background that does not reach the
 * edge of the image. What is filled or taken away goes to the class, or to the background, that it touches at most sides of its pixels;
 * of as many to the first.
 *
 * @param labels [height, width], below 255
 * @param background its label; undefined where all classes are of interest, and there are no holes
 */
export function cleanClasses(
  labels: Uint8Array,
  size: Size,
  rule: Pick<MaskRule, 'fillHoles' | 'minArea'>,
  background: number | undefined,
): void {
  const area = size.height * size.width;
  if (rule.fillHoles > 0 && background !== undefined) {
    const mask = labels.map((label) => (label === background ? 0 : 1));
    const filled = mask.slice();
    fillHoles(filled, size, rule.fillHoles * area, 1);
    giveAway(
      labels,
      filled.map((on, i) => on - mask[i]),
      size,
    );
  }
  if (rule.minArea > 0) {
    const removed = new Uint8Array(area);
    for (const each of new Set(labels)) {
      if (each === background) continue;
      const kept = labels.map((label) => (label === each ? 1 : 0));
      removeParts(kept, size, rule.minArea * area);
      for (let i = 0; i < area; i++) if (labels[i] === each && kept[i] === 0) removed[i] = 1;
    }
    giveAway(labels, removed, size, background);
  }
}

/**
 * Gives each part of the pixels that are marked to what surrounds it most.
 *
 * @param given 1 where pixels are given away, else 0
 * @param otherwise the label of pixels that nothing surrounds; by default they keep theirs
 */
function giveAway(labels: Uint8Array, given: Uint8Array, size: Size, otherwise?: number): void {
  const { height, width } = size;
  const { starts, ends, first } = partsOf(given, size, { inside: true, corners: false });
  const after = runsAfter(first);
  const sides = new Uint32Array(1 + labels.reduce((most, label) => Math.max(most, label), 0));
  const see = (at: number) => {
    if (given[at] === 0) sides[labels[at]]++;
  };
  // Of each part, at its first run, before any pixel has changed.
  const labelOf = new Int16Array(starts.length);
  for (const [part, run] of first.entries()) {
    if (part !== run) continue;
    sides.fill(0);
    for (let each = part; each >= 0; each = after[each]) {
      const [start, end] = [starts[each], ends[each]];
      if (start % width > 0) see(start - 1);
      if (end % width > 0) see(end);
      for (let at = start; at < end; at++) {
        if (at >= width) see(at - width);
        if (at < (height - 1) * width) see(at + width);
      }
    }
    const most = sides.indexOf(Math.max(...sides));
    labelOf[part] = sides[most] > 0 ? most : (otherwise ?? KEPT);
  }
  for (const [run, start] of starts.entries()) {
    const label = labelOf[first[run]];
    if (label !== KEPT) labels.fill(label, start, ends[run]);
  }
}

/** Beside labels: none. */
const KEPT = -1;

/** Of each run the next one of its part; -1 of the last. @param first of each run, the first run of its part */
function runsAfter(first: readonly number[]): Int32Array {
  const after = new Int32Array(first.length).fill(-1);
  const last = Int32Array.from(first);
  for (const [run, part] of first.entries()) {
    if (run !== part) after[last[part]] = run;
    last[part] = run;
  }
  return after;
}
