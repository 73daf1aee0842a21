import { type Content, type Html, html, trusted } from './html.ts';
import { styleSheet } from './style.ts';

export interface Section {
  /** Anchor, unique in the page. */
  readonly id: string;
  readonly title: string;
  readonly body: Content;
  /** Files of the folder that it is made from. */
  readonly from?: readonly string[];
}

export interface PageSpec {
  readonly title: string;
  readonly subtitle: Content;
  /** What the numbers say, one plain sentence each; the first one is set in bold. */
  readonly verdict: readonly Content[];
  readonly sections: readonly Section[];
}

/** The whole page. Its security policy forbids scripts and anything that is not in the page itself. */
export function page({ title, subtitle, verdict, sections }: PageSpec): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${trusted(styleSheet)}</style>
</head>
<body>
<main>
<header>
<h1>${title}</h1>
<p class="subtitle">${subtitle}</p>
</header>
<section class="verdict" aria-label="Summary">${verdict.map((sentence) => html`<p>${sentence}</p>\n`)}</section>
<nav aria-label="Sections">${sections.map(({ id, title: name }) => html`<a href="#${id}">${name}</a> `)}</nav>
${sections.map(
  ({ id, title: name, body, from }) => html`<section aria-labelledby="${id}">
<h2 id="${id}">${name}</h2>
${body}
${from && html`<p class="from">From ${listedFiles(from)}.</p>`}
</section>
`,
)}</main>
</body>
</html>
`;
}

/** The plain sentence that stands for a part that cannot be shown. */
export function absent(sentence: string): Html {
  return html`<p class="missing">${sentence}</p>`;
}

function listedFiles(files: readonly string[]): Content {
  return [...new Set(files)].map((file, i) => [i > 0 && ', ', html`<code>${file}</code>`]);
}
