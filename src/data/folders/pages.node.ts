import { eachOf } from '../../core/each.ts';
import { UserError } from '../../core/errors.ts';
import { pageCount } from '../decode/content.node.ts';
import { pathOfPage } from '../decode/page.ts';
import { type MaskSource, maskName } from './mask-source.ts';
import { isFirst, type Pages } from './pages.ts';
import type { Sample } from './sample.ts';

/** As many files are looked into at once. */
const AT_ONCE = 16;

/**
 * Samples by pages: with a number those of this page; with `all` one for each page of a file of several, called `NAME_p1`, .. The mask
 * of a page is the same page of its file's mask, or one that is named after it.
 *
 * @param masks by stem, those of pages among them
 * @throws UserError for a mask that has another number of pages than its image, for two masks of a page, and for two images of a name
 */
export async function withPages(
  samples: readonly Sample[],
  pages: Pages = 'first',
  masks: ReadonlyMap<string, MaskSource> = new Map(),
): Promise<readonly Sample[]> {
  if (isFirst(pages)) return samples;
  if (pages !== 'all') return eachOf(samples, AT_ONCE, (sample) => ofPage(sample, Number(pages)));
  const each = await eachOf(samples, AT_ONCE, (sample) => eachPage(sample, masks));
  const found = each.flat().sort((a, b) => (a.stem < b.stem ? -1 : 1));
  const twice = found.find(({ stem }, i) => i > 0 && found[i - 1].stem === stem);
  if (!twice) return found;
  throw new UserError({
    what: twice.image,
    got: `a page that is called ${twice.stem}, as another image is`,
    expected: 'one image of a name',
    fix: 'rename one of them',
  });
}

/** The stems that a list may mean by a name: of a file of several pages those of its pages. */
export function stemsByName(samples: readonly Sample[]): Map<string, readonly string[]> {
  const names = new Map<string, readonly string[]>();
  for (const { stem, pageOf } of samples)
    if (pageOf !== undefined) names.set(pageOf, [...(names.get(pageOf) ?? []), stem]);
  for (const { stem } of samples) names.set(stem, [stem]);
  return names;
}

async function ofPage({ mask, ...sample }: Sample, page: number): Promise<Sample> {
  return {
    ...sample,
    image: pathOfPage(sample.image, page),
    // The one page of a mask is that of the page which is taken.
    ...(mask !== undefined && {
      mask: await inFiles(mask, async (file) =>
        (await pagesIn(file)) === 1 ? file : pathOfPage(file, page),
      ),
    }),
  };
}

async function eachPage(sample: Sample, masks: ReadonlyMap<string, MaskSource>): Promise<Sample[]> {
  const { stem, image, mask, ...same } = sample;
  const count = await pagesIn(image);
  if (count === 1) return [sample];
  const pages = Array.from({ length: count }, (_, i) => i + 1);
  const own = pages.map((page) => masks.get(`${stem}_p${page}`));
  if (mask !== undefined && own.some((each) => each !== undefined)) throw twoMasks(stem, mask);
  if (mask !== undefined) await expectPages(mask, image, count);
  return Promise.all(
    pages.map(async (page, i): Promise<Sample> => {
      const found = own[i] ?? (mask && (await inFiles(mask, async (file) => pathOfPage(file, page))));
      return {
        ...same,
        ...{ stem: `${stem}_p${page}`, image: pathOfPage(image, page), pageOf: stem },
        ...(found !== undefined && { mask: found }),
      };
    }),
  );
}

/** A file that cannot be read counts as one page: whoever loads it will name it. */
const pagesIn = (file: string) =>
  pageCount(file).catch((error) => {
    if (error instanceof UserError) return 1;
    throw error;
  });

/** A mask, its files replaced; of annotations it is the same. */
async function inFiles(mask: MaskSource, replaced: (file: string) => Promise<string>): Promise<MaskSource> {
  if (typeof mask === 'string') return replaced(mask);
  if (!('files' in mask)) return mask;
  const files = Object.entries(mask.files).map(async ([name, file]) => [name, await replaced(file)] as const);
  return { files: Object.fromEntries(await Promise.all(files)) };
}

/** @throws UserError unless a mask has as many pages as its image */
async function expectPages(mask: MaskSource, image: string, count: number): Promise<void> {
  if (typeof mask !== 'string' && !('files' in mask)) {
    throw new UserError({
      what: mask.place,
      got: `objects of an image of ${count} pages`,
      expected: 'images of one page: annotations do not say which page they are of',
      fix: 'name the page, such as --pages 1, or save the pages as files of their own',
    });
  }
  await inFiles(mask, async (file) => {
    const own = await pagesIn(file);
    if (own === count) return file;
    throw new UserError({
      what: `mask ${file}`,
      got: own === 1 ? '1 page' : `${own} pages`,
      expected: `${count}, as its image ${image} has`,
      fix: 'make a mask for each page: NAME_p1 for the first, NAME_p2, ..',
    });
  });
}

function twoMasks(stem: string, mask: MaskSource): UserError {
  return new UserError({
    what: `mask ${maskName(mask)}`,
    got: `masks of single pages beside it, such as ${stem}_p1`,
    expected: 'the masks of pages in one file, or in a file each',
    fix: 'take one of them away',
  });
}
