import { type Page, pageFrom } from './dom.ts';

/** Where the site is taken to be; all that lies elsewhere is of others. */
const HERE = 'http://site.invalid/';

/**
 * What pages of a site refer to and what is not there: files, anchors, pictures; and what they would load from others.
 *
 * @param site files by their place; those that end in .html are read
 * @returns a line for each, `page: link`; a link to an empty place counts as one
 */
export function brokenLinks(site: ReadonlyMap<string, string | Uint8Array>): string[] {
  const pages = new Map<string, Page>();
  for (const [place, content] of site)
    if (place.endsWith('.html')) pages.set(place, pageFrom(content.toString()));

  const leads = (place: string, link: string, loaded: boolean): boolean => {
    if (link.startsWith('data:')) return true;
    if (!URL.canParse(link, HERE + place)) return false;
    const url = new URL(link, HERE + place);
    if (!url.href.startsWith(HERE)) return !loaded;
    const target = decodeURIComponent(url.pathname.slice(1));
    const anchor = decodeURIComponent(url.hash.slice(1));
    return site.has(target) && (anchor === '' || !!pages.get(target)?.getElementById(anchor));
  };

  return Array.from(pages, ([place, page]) =>
    [...page.querySelectorAll('[href],[src]')].flatMap((element) => {
      const link = element.getAttribute('href') ?? element.getAttribute('src')!;
      return leads(place, link, element.localName !== 'a') ? [] : [`${place}: ${link}`];
    }),
  ).flat();
}
