import { eachOf } from '../core/each.ts';
import { type Listener, warn } from '../core/events.ts';
import { pageCount } from '../data/decode/content.node.ts';
import { placeOf } from '../data/decode/page.ts';
import { withPages } from '../data/folders/pages.node.ts';
import type { Pages } from '../data/folders/pages.ts';
import { morePages } from '../data/folders/pages.ts';
import { fileImage, type GivenImage } from './given-images.node.ts';

/** So many files are looked into at once. */
const AT_ONCE = 16;

/**
 * Images that are given, by pages of their files: see `withPages`.
 *
 * @param pages with `auto` it is told that only the first are read
 */
export async function imagesByPage(
  images: readonly GivenImage[],
  pages: Pages,
  listener: Listener,
): Promise<readonly GivenImage[]> {
  if (pages === 'auto') await tellMore(images, listener);
  const each = await eachOf(images, AT_ONCE, async (image) => {
    const { path, stem } = image;
    if (path === undefined || placeOf(path).page !== undefined) return [image];
    const found = await withPages([{ stem, image: path }], pages);
    return found.map((one) =>
      one.image === path ? image : fileImage({ ...image, stem: one.stem, path: one.image }),
    );
  });
  return each.flat();
}

async function tellMore(images: readonly GivenImage[], listener: Listener): Promise<void> {
  const paths = images.flatMap(({ path }) => path ?? []).filter((path) => placeOf(path).page === undefined);
  const files = await eachOf(paths, AT_ONCE, async (path) => ({
    path,
    // What cannot be read is told of where it is read.
    pages: await pageCount(path).catch(() => 1),
  }));
  const text = morePages(files);
  if (text !== undefined) warn(listener, text);
}
