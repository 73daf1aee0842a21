import type { Command } from 'commander';
import { range } from '../core/format.ts';
import { mean } from '../core/mean.ts';
import type { Next } from '../index.ts';
import { nextSchema } from '../runs/settings.ts';
import { trialWords } from '../runs/trial-words.ts';
import { commandOf } from './command.ts';
import { resumable } from './interrupt.node.ts';
import { library } from './library.ts';
import { alignedTable } from './tables.ts';

/** Rows that a terminal shows. */
const SHOWN = 10;

export function nextCommand(): Command {
  return commandOf(
    'next',
    'Choose the images that are to get masks next, or try whether choosing them pays',
    nextSchema.shape,
    (given, context, progress) =>
      resumable(progress, async (signal) => (await library()).next(given, { ...context, signal }), nextText),
  );
}

const nextText = (found: Next): string => (found.kind === 'trial' ? trialText(found) : chosenText(found));

function chosenText({
  images,
  candidates,
  duplicates,
  table,
  page,
}: Extract<Next, { kind: 'chosen' }>): string {
  const rows = images
    .slice(0, SHOWN)
    .map(({ stem, uncertainty, distance, marked }) => [
      ...[stem, uncertainty.toFixed(3), distance.toFixed(3), marked ? 'yes' : 'nothing'],
    ]);
  const others = duplicates > 0 ? `; ${duplicates} duplicates were left out` : '';
  return [
    `label next, the first ${rows.length} of ${images.length}, chosen of ${candidates} images${others}:`,
    alignedTable([['', 'uncertainty', 'distance', 'marked'], ...rows]),
    `all of them: ${table}; to look at: ${page}`,
  ].join('\n');
}

function trialText(trial: Extract<Next, { kind: 'trial' }>): string {
  const { draws, pool, start, count, scored, dice, page } = trial;
  const rows = Object.entries(dice).map(([arm, values]) => {
    return [arm, mean(values).toFixed(3), range([Math.min(...values), Math.max(...values)])];
  });
  return [
    `${draws} draws of ${start} masks and ${count} more, of ${pool}; scored on ${scored.images} images`,
    alignedTable([['', 'mean Dice', 'lowest to highest draw'], ...rows]),
    ...trialWords(trial),
    `to look at: ${page}`,
  ].join('\n');
}
