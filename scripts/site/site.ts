import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { escapeHtml } from '../../src/report/page/html.ts';
import { styleSheet } from '../../src/report/page/style.ts';
import { type Document, readDocument } from './document.ts';
import { type Group, navigationOf } from './navigation.ts';
import { pageOf } from './page.ts';
import { placeOf, relativeTo } from './places.ts';

/** What the site is built from: the pages that it begins with lead to all others. */
const FIRST = 'README.md';
const CONTENTS = 'docs/README.md';
const own = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');

/** What the site shows, by its path in the repository: documents, and files as they are. */
type Found = ReadonlyMap<string, Document | Uint8Array>;

/** One entry of the search: a section of a page; without a heading the page's beginning. */
type Entry = readonly [heading: string, page: string, address: string, text: string];

/**
 * The documentation as a site: what README.md links to in the repository, what that links to, and so on.
 *
 * @param root the repository
 * @returns the files by their place, with slashes
 * @throws where README.md or the contents in docs/README.md cannot be read
 */
export function siteOf(root: string): Map<string, string | Uint8Array> {
  const site = new Map<string, string | Uint8Array>();
  const navigation = navigationOf(CONTENTS, readFileSync(join(root, CONTENTS), 'utf8'));
  const found = gather(root);
  for (const [path, content] of found)
    site.set(placeOf(path), content instanceof Uint8Array ? content : pageOf(path, content, navigation));
  site.set('site.css', styleSheet + own('site.css'));
  site.set('search.js', own('search.js'));
  site.set('search-index.js', `globalThis.searchIndex=${JSON.stringify(entriesOf(navigation, found))};\n`);
  return site;
}

/** What the search looks through: the documents of the navigation, in its order. */
function entriesOf(navigation: readonly Group[], found: Found): Entry[] {
  return navigation.flatMap(({ items }) =>
    items.flatMap(({ label, path }) => {
      const document = found.get(path);
      if (!document || document instanceof Uint8Array) return [];
      return document.sections.map(
        ({ id, level, heading, text }): Entry => [
          level === 1 ? '' : heading,
          label,
          `${placeOf(path)}#${id}`,
          text.trim(),
        ],
      );
    }),
  );
}

/** All that can be reached from README.md and the contents. */
function gather(root: string): Found {
  const found = new Map<string, Document | Uint8Array>();
  const open = [FIRST, CONTENTS];
  for (let path = open.shift(); path !== undefined; path = open.shift()) {
    const stats = statSync(join(root, path), { throwIfNoEntry: false });
    if (found.has(path) || path.startsWith('..') || !stats) continue;
    const content = stats.isDirectory() ? folderOf(root, path) : fileOf(root, path);
    found.set(path, content);
    if (!(content instanceof Uint8Array)) open.push(...content.linked);
  }
  return found;
}

function fileOf(root: string, path: string): Document | Uint8Array {
  const bytes = readFileSync(join(root, path));
  if (path.endsWith('.md')) return readDocument(path, bytes.toString());
  if (placeOf(path) === path) return bytes;
  return alone(path, `<pre><code>${escapeHtml(bytes.toString())}</code></pre>`);
}

function folderOf(root: string, path: string): Document {
  const files = readdirSync(join(root, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath.slice(join(root).length)}/${entry.name}`.replaceAll('\\', '/'))
    .sort();
  const items = files.map((file) => {
    const link = escapeHtml(relativeTo(placeOf(path), placeOf(file)));
    return `<li><a href="${link}">${escapeHtml(file.slice(path.length + 1))}</a></li>`;
  });
  return { ...alone(path, `<ul>${items.join('\n')}</ul>`), linked: files };
}

/** A page that is no document: the path it shows is its title. */
const alone = (path: string, html: string): Document => ({
  title: path,
  html: `<h1>${escapeHtml(path)}</h1>\n${html}`,
  sections: [],
  linked: [],
});
