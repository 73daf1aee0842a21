import type { Command } from 'commander';
import type { Suspects } from '../index.ts';
import { suspectsSchema } from '../runs/settings.ts';
import { commandOf } from './command.ts';
import { onInterrupt } from './interrupt.node.ts';
import { library } from './library.ts';
import { alignedTable } from './tables.ts';

/** Rows that a terminal shows. */
const SHOWN = 10;

export function suspectsCommand(): Command {
  return commandOf(
    'suspects',
    'Find masks of a run that may be wrong: networks that have not seen them disagree',
    suspectsSchema.shape,
    async (given, context, progress) => {
      const { signal, release } = onInterrupt(progress);
      const result = await (await library()).suspects(given, { ...context, signal });
      release();
      if (result) return { json: result, text: suspectsText(result) };
      return { json: null, text: 'stopped; give the same command to continue', interrupted: true };
    },
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
