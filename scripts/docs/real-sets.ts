import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where sets of real images are, which are no part of the repository and not everywhere. */
const home = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

/** How many images of each list documents are run on: those with the smallest files. */
const FEW = { train: 12, val: 4, test: 4 };

/** Whether a set is at hand. */
export const hasSet = (name: string): boolean => existsSync(join(home, name));

/** Makes a folder of a few images of a set, with its lists; of a set that is not at hand nothing. */
export async function copyFew(name: string, out: string): Promise<void> {
  if (!hasSet(name)) return;
  const images = join(home, name, 'images');
  const sized = await Promise.all(
    (await readdir(images)).map(async (file) => ({
      stem: parse(file).name,
      size: (await stat(join(images, file))).size,
    })),
  );
  const smallest = sized.sort((a, b) => a.size - b.size || (a.stem < b.stem ? -1 : 1));
  await mkdir(out, { recursive: true });
  const kept = new Set<string>();
  for (const [list, count] of Object.entries(FEW)) {
    const path = join(home, name, `${list}.txt`);
    if (!existsSync(path)) continue;
    const listed = new Set((await readFile(path, 'utf8')).split('\n'));
    const stems = smallest.flatMap(({ stem }) => (listed.has(stem) ? [stem] : [])).slice(0, count);
    for (const stem of stems) kept.add(stem);
    await writeFile(join(out, `${list}.txt`), `${stems.join('\n')}\n`);
  }
  for (const part of ['images', 'labels'])
    for (const file of await readdir(join(home, name, part)))
      if (kept.has(parse(file).name)) await cp(join(home, name, part, file), join(out, part, file));
}
