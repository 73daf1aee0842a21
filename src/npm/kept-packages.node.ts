import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, expectUsableCache } from '../core/cache-folder.node.ts';
import { UserError } from '../core/errors.ts';
import { writeWhole, writing } from '../core/files.node.ts';
import { formatMegabytes } from '../core/format.ts';
import { fetchTarball, filesWhere, type PinnedPackage, reasonOf, registryOf } from './npm.node.ts';

/** Packages that are fetched when they are needed for the first time, and what of them is kept. */
export interface KeptPackages {
  /** What it is, for people, such as `ONNX Runtime 1.30.0`. */
  readonly title: string;
  readonly packages: readonly PinnedPackage[];
  /** Of the user's cache. */
  readonly folder: string;
  /** Bytes of the tarballs. */
  readonly download: number;
  /** @param path of a file in its package */
  isNeeded(path: string): boolean;
  /** @throws UserError where a package has not what is needed */
  expectWhole?(name: string, files: ReadonlyMap<string, Uint8Array>): void;
}

/**
 * A folder whose `node_modules` holds them, fetched once, without their dependencies and scripts. Whole or not at all; of several
 * processes that fetch at once the first one counts.
 *
 * @param announce is told before anything is fetched
 * @throws UserError if they have to be fetched and cannot be
 */
export async function keptPackages(wanted: KeptPackages, announce: (text: string) => void): Promise<string> {
  const folder = join(cacheFolder(), wanted.folder);
  if (!existsSync(folder)) await fetchInto(folder, wanted, announce);
  return folder;
}

async function fetchInto(
  folder: string,
  { title, packages, download, isNeeded, expectWhole }: KeptPackages,
  announce: (text: string) => void,
): Promise<void> {
  await expectUsableCache();
  const registry = await registryOf(packages[0].package);
  announce(`fetching ${title} (${formatMegabytes(download)}), once, from ${registry.origin} to ${folder}`);
  const beside = `${folder}.${randomUUID()}.part`;
  try {
    for (const pinned of packages) {
      const named = `${pinned.package}@${pinned.version}`;
      const tarball = await fetchTarball(pinned, registry).catch((error: unknown) => {
        throw new UserError({
          what: title,
          got: `no ${named} (${reasonOf(error)})`,
          expected: `that package from the npm registry ${registry.origin}`,
          fix: `connect once, after which it is kept; or set registry, proxy or token as for npm install; or install it: npm install --ignore-scripts ${named}`,
        });
      });
      const files = await filesWhere(tarball, isNeeded);
      expectWhole?.(pinned.package, files);
      for (const [path, bytes] of files)
        await writeWhole(join(beside, 'node_modules', pinned.package, ...path.split('/')), bytes);
    }
    await writing(folder, () => rename(beside, folder)).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}
