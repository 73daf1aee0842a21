import { expect, test } from 'vitest';
import { readDocument } from '../../scripts/site/document.ts';
import { brokenLinks } from '../../scripts/site/links.ts';
import { navigationOf } from '../../scripts/site/navigation.ts';
import { fromRoot, placeOf, relativeTo } from '../../scripts/site/places.ts';
import { siteOf } from '../../scripts/site/site.ts';
import { documents, read, root } from './documents.ts';

const site = siteOf(root);

test('every link, anchor and picture of the documents leads somewhere, and nothing is loaded from elsewhere', () => {
  expect(brokenLinks(site)).toEqual([]);
});

test('every document is in the site, and in its contents', () => {
  const listed = navigationOf('docs/README.md', read('docs/README.md')).flatMap(({ items }) =>
    items.map(({ path }) => path),
  );
  expect(documents.filter((path) => !site.has(placeOf(path)))).toEqual([]);
  expect(documents.filter((path) => path !== 'docs/README.md' && !listed.includes(path))).toEqual([]);
});

test('the reports of kept studies are in the site as they are', () => {
  const place = 'docs/studies/reach/report.html';
  expect(site.get(place)!.toString()).toBe(read(place));
});

test.each([
  ['a file that is not there', '<a href="b.html">b</a>', ['a.html: b.html']],
  ['a place outside the site', '<a href="/b.html">b</a>', ['a.html: /b.html']],
  ['an anchor that is not there', '<a href="#no">b</a>', ['a.html: #no']],
  ['an anchor of another page', '<a href="c.html#no">c</a>', ['a.html: c.html#no']],
  ['a picture that is not there', '<img src="b.png">', ['a.html: b.png']],
  [
    'a script of others',
    '<script src="https://example.org/x.js"></script>',
    ['a.html: https://example.org/x.js'],
  ],
  ['what is there', '<a href="c.html#yes">c</a> <a href="https://example.org">x</a> <a href="#">top</a>', []],
])('of links, %s is told', (_, body, told) => {
  const files = { 'a.html': body, 'c.html': '<h2 id="yes">Yes</h2>' };
  const pages = Object.entries(files).map(
    ([place, text]) => [place, `<html><body>${text}</body></html>`] as const,
  );
  expect(brokenLinks(new Map(pages))).toEqual(told);
});

test('headings have the anchors that GitHub gives them', () => {
  const { sections, title } = readDocument(
    'docs/a.md',
    '# A `b`, (c)\n\nWords.\n\n## Groups: patients, videos\n\n## `--raw-input`\n\n## Same\n\n## Same\n',
  );
  expect(title).toBe('A b, (c)');
  expect(sections.map(({ id }) => id)).toEqual([
    'a-b-c',
    'groups-patients-videos',
    '--raw-input',
    'same',
    'same-1',
  ]);
  expect(sections[0].text.trim()).toBe('Words.');
});

test('links lead to where files are in the site', () => {
  const { html, linked } = readDocument(
    'docs/a.md',
    '[b](b.md#c) [up](../README.md) [s](../studies/x.yaml) [f](studies) ![p](p.svg) [o](https://example.org) [h](#x)',
  );
  expect([...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, link]) => link)).toEqual([
    'b.html#c',
    '../index.html',
    '../studies/x.yaml.html',
    'studies/index.html',
    'p.svg',
    'https://example.org',
    '#x',
  ]);
  expect(linked).toEqual(['docs/b.md', 'README.md', 'studies/x.yaml', 'docs/studies', 'docs/p.svg']);
});

test('marks that a page does not show are not in the site', () => {
  expect(readDocument('a.md', 'Dice 0.642<!--f:mean--> of `<!-- code -->`.').html.trim()).toBe(
    '<p>Dice 0.642 of <code>&lt;!-- code --&gt;</code>.</p>',
  );
});

test('places are relative, so that a site can lie anywhere', () => {
  expect(relativeTo('docs/a.html', 'index.html')).toBe('../index.html');
  expect(relativeTo('index.html', '.')).toBe('.');
  expect(fromRoot('docs/a.md', '../../elsewhere.md')?.target).toBe('../elsewhere.md');
});
