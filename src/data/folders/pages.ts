/** Which pages of files are images: each, or one of each file, from 1. `auto` is the first, where it is told of others. */
export type Pages = 'auto' | 'first' | 'all' | number;

/** Whether only first pages are read, as by default. */
export const isFirst = (pages: Pages): pages is 'auto' | 'first' | 1 =>
  pages === 'auto' || pages === 'first' || pages === 1;

/** A file, and how many pages it has. */
interface FileOfPages {
  readonly path: string;
  readonly pages: number;
}

/** What to say of files of which only the first page is read; undefined if there is none of several. */
export function morePages(files: readonly FileOfPages[], also = ''): string | undefined {
  const several = files.filter(({ pages }) => pages > 1);
  if (several.length === 0) return undefined;
  const [{ path, pages }] = several;
  const count = several.length === 1 ? '1 image has' : `${several.length} images have`;
  return `${count} several pages (${path}: ${pages}), of which the first is read${also}; --pages all takes each as an image, --pages 2 the second of each file`;
}
