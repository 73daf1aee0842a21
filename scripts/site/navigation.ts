import { marked } from 'marked';
import { bodyFrom } from './dom.ts';
import { fromRoot } from './places.ts';

/** A heading of the contents, and what is listed under it. */
export interface Group {
  readonly heading: string;
  readonly items: readonly { readonly label: string; readonly path: string }[];
}

/** The navigation as a document of contents has it: its headings, and the first link of each entry of the lists below. */
export function navigationOf(path: string, text: string): Group[] {
  const document = bodyFrom(marked.parse(text, { async: false }));
  return Array.from(document.querySelectorAll('h2'), (heading) => ({
    heading: heading.textContent,
    items: Array.from(heading.nextElementSibling!.querySelectorAll('li > a:first-child'), (link) => ({
      label: link.textContent,
      path: fromRoot(path, link.getAttribute('href')!)!.target,
    })),
  }));
}
