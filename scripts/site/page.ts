import { Html, html } from '../../src/report/page/html.ts';
import type { Document } from './document.ts';
import type { Group } from './navigation.ts';
import { placeOf, relativeTo } from './places.ts';

/** A page of the site: the document in its middle, the way to all others beside it, or below on narrow screens. */
export function pageOf(path: string, document: Document, navigation: readonly Group[]): string {
  const place = placeOf(path);
  const to = (target: string) => relativeTo(place, target);
  const name = document.title === 'fewmask' ? 'fewmask' : `${document.title} · fewmask`;
  const groups = navigation.map(({ heading, items }) => {
    const entries = items.map((item) =>
      item.path === path
        ? html`<li><a href="#" aria-current="page">${item.label}</a>${outlineOf(document)}</li>`
        : html`<li><a href="${to(placeOf(item.path))}">${item.label}</a></li>`,
    );
    return html`<h2>${heading}</h2>\n<ul>${entries}</ul>\n`;
  });
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${name}</title>
<link rel="stylesheet" href="${to('site.css')}">
<script defer src="${to('search.js')}" data-root="${to('.')}"></script>
</head>
<body class="site">
<header>
<a class="home" href="${to('index.html')}">fewmask</a>
<a class="skip" href="#contents">Contents</a>
<form role="search" hidden><input type="search" aria-label="Search" placeholder="Search ( / )" autocomplete="off"><ol></ol></form>
</header>
<main>
${new Html(document.html)}
</main>
<nav id="contents" aria-label="Contents">
${groups}</nav>
</body>
</html>
`.text;
}

/** The parts of a page that is shown, so that one sees what is on it. */
function outlineOf({ sections }: Document): Html | undefined {
  const parts = sections.filter(({ level }) => level === 2);
  if (parts.length < 2) return undefined;
  return html`<ul>${parts.map(({ id, heading }) => html`<li><a href="#${id}">${heading}</a></li>`)}</ul>`;
}
