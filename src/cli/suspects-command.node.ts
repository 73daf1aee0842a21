import type { Command } from 'commander';
import type { Suspects } from '../index.ts';
import { suspectsSchema } from '../runs/settings.ts';
import { commandOf } from './command.ts';
import { resumable } from './interrupt.node.ts';
import { library } from './library.ts';
import { alignedTable } from './tables.ts';

/** Rows that a terminal shows. */
const SHOWN = 10;

export function suspectsCommand(): Command {
  return commandOf(
    'suspects',
    'Find masks of a run that may be wrong: networks that have not seen them disagree',
    suspectsSchema.shape,
    (given, context, progress) =>
      resumable(
        progress,
        async (signal) => (await library()).suspects(given, { ...context, signal }),
        suspectsText,
      ),
  );
}

function suspectsText({ suspects, planted, table, page }: Suspects): string {
  const rows = suspects
    .slice(0, SHOWN)
    .map(({ stem, dice, expected }) => [stem, dice.toFixed(3), expected.toFixed(3)]);
  const measured = planted
    ? [
        `of ${planted.planted} wrong masks that were planted, ${planted.found} are among the first ${planted.listed}: ${planted.kinds.map(({ kind, planted: all, found }) => `${kind} ${found} of ${all}`).join(', ')}`,
      ]
    : [];
  return [
    `the ${rows.length} most suspicious of ${suspects.length} masks:`,
    alignedTable([['', 'Dice', 'expected'], ...rows]),
    ...measured,
    `all of them: ${table}; to look at: ${page}`,
  ].join('\n');
}
