import { posix } from 'node:path';

/**
 * Where a file or folder of the repository is in the site. Markdown becomes a page, and so do folders (a list) and what lies
 * outside docs (its text); what else docs holds, such as pictures and reports, is taken over as it is.
 */
export function placeOf(path: string): string {
  if (path.endsWith('.md')) return path.replace(/README\.md$/, 'index.md').replace(/\.md$/, '.html');
  if (posix.extname(path) === '') return `${path}/index.html`;
  return path.startsWith('docs/') ? path : `${path}.html`;
}

/**
 * What a link in a file leads to, from the repository's root; undefined for links that leave it, and within the file.
 *
 * @param anchor begins with # or is empty
 */
export function fromRoot(
  path: string,
  link: string,
): { readonly target: string; readonly anchor: string } | undefined {
  if (/^(?:[a-z]+:|#|\/)/i.test(link)) return undefined;
  const [file, anchor] = link.split('#', 2);
  const target = posix.join(posix.dirname(path), decodeURI(file)).replace(/\/$/, '');
  return { target, anchor: anchor === undefined ? '' : `#${anchor}` };
}

/** A place of the site as a page in another place links to it. */
export const relativeTo = (from: string, to: string): string =>
  encodeURI(posix.relative(posix.dirname(from), to)) || '.';
