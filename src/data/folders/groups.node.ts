import { readText } from '../../core/files.node.ts';
import { type DataFolder, type FolderOptions, readDataFolder, type Sample, stemOf } from './folder.node.ts';
import {
  type Grouping,
  type Groups,
  groupFolder,
  groupKnown,
  groupPages,
  groupsByPattern,
  groupsOfCsv,
} from './groups.ts';

/**
 * A data folder, with the groups of its images where the settings have groups.
 *
 * @param settings also say whether there are plain images from elsewhere, which may be of the same groups
 * @throws UserError as `readDataFolder`, `groupsOfCsv`, `groupsByPattern` and `groupFolder` do
 */
export async function readGroupedFolder(
  root: string,
  settings: Grouping & FolderOptions & { readonly plain?: unknown },
): Promise<DataFolder> {
  return withGroups(await readDataFolder(root, settings), settings, settings.plain !== undefined);
}

/** Where nothing is said of groups, pages of a file belong together. @throws UserError as `readGroupedFolder` does */
export async function withGroups(
  folder: DataFolder,
  grouping: Grouping,
  elsewhere: boolean,
): Promise<DataFolder> {
  const groups = await readGroups(grouping);
  return groups ? groupFolder(folder, groups, elsewhere) : { ...folder, samples: groupPages(folder.samples) };
}

/** Plain images, each with its group if it has one. */
export async function grouped(samples: readonly Sample[], grouping: Grouping): Promise<readonly Sample[]> {
  const groups = await readGroups(grouping);
  return groups ? groupKnown(samples, groups) : samples;
}

async function readGroups({ groups, groupPattern }: Grouping): Promise<Groups | undefined> {
  if (groupPattern !== undefined) return groupsByPattern(groupPattern);
  if (groups === undefined) return undefined;
  const text = await readText(groups, 'a CSV file with the columns stem and group');
  return groupsOfCsv(text, groups, stemOf);
}
