import type { Command } from 'commander';
import { formatMegabytes } from '../core/format.ts';
import { encodersSchema } from '../settings/tools.ts';
import { commandOf } from './command.ts';
import { library } from './library.ts';
import { alignedTable } from './tables.ts';

const STATES = { absent: 'not fetched yet', verified: 'fetched, verified', damaged: 'damaged' };

export function encodersCommand(): Command {
  return commandOf(
    'encoders',
    'List the encoders that have names, and whether they are fetched',
    encodersSchema.shape,
    async (options, context) => {
      const listing = await (await library()).encoders(options, context);
      const rows = listing.encoders.map((entry) => [
        entry.name,
        entry.package ? `npm ${entry.package}@${entry.version}` : 'Hugging Face hub',
        entry.licence,
        formatMegabytes(entry.download),
        STATES[entry.state],
      ]);
      const head = ['name', 'from', 'licence', 'download', 'here'];
      const made = listing.made.map(({ name }) => [name, '-', '-', '-', 'made when it is used']);
      const all = [...listing.encoders, ...listing.made];
      const descriptions = all.map(({ name, description }) => `${name}: ${description}`);
      const table = alignedTable([head, ...rows, ...made]);
      const text = [table, ...descriptions, `kept in ${listing.folder}`].join('\n');
      return { json: listing, text };
    },
  );
}
