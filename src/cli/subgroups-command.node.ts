import type { Command } from 'commander';
import { fixed, range, signed } from '../core/format.ts';
import type { Subgroups } from '../index.ts';
import { subgroupsSchema } from '../runs/settings.ts';
import { worstWords } from '../runs/subgroup-words.ts';
import { commandOf } from './command.ts';
import { library } from './library.ts';
import { alignedTable } from './tables.ts';

export function subgroupsCommand(): Command {
  return commandOf(
    'subgroups',
    'Compare how a run scores on parts of its images: by group, size, colour, device ..',
    subgroupsSchema.shape,
    async (given, context) => {
      const found = await (await library()).subgroups(given, context);
      return { json: found, text: subgroupsText(found) };
    },
  );
}

function subgroupsText(found: Subgroups): string {
  const { metric, of, images, mean, subgroups, table, page } = found;
  const rows = subgroups.map((each) => [
    ...[`${each.division}: ${each.name}`, String(each.images), fixed(each.mean)],
    ...[signed(each.difference), range(each.interval)],
  ]);
  return [
    `${images} ${of === 'test' ? 'test images' : 'masks that were held out in turn'}, mean ${metric} ${fixed(mean)}`,
    alignedTable([['', 'images', metric, 'against the others', '95 % together'], ...rows]),
    worstWords(found),
    `all of them: ${table}; to look at: ${page}`,
  ].join('\n');
}
