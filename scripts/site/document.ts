import GithubSlugger from 'github-slugger';
import { Marked } from 'marked';
import { bodyFrom, type Element, type Page } from './dom.ts';
import { fromRoot, placeOf, relativeTo } from './places.ts';

/** What stands under a heading: what the search looks through. */
export interface Section {
  /** Its anchor, the one that GitHub gives it. */
  readonly id: string;
  readonly level: number;
  readonly heading: string;
  readonly text: string;
}

/** A Markdown file as a part of the site. */
export interface Document {
  /** Its first heading. */
  readonly title: string;
  /** Its content, with links to where their files are in the site. */
  readonly html: string;
  readonly sections: readonly Section[];
  /** What it links to in the repository: paths of files and folders from the root. */
  readonly linked: readonly string[];
}

const markdown = new Marked({ gfm: true, async: false });

/** Reads a Markdown file. @param path where it is in the repository, with slashes */
export function readDocument(path: string, text: string): Document {
  const rendered = (markdown.parse(text) as string).replace(/<!--.*?-->/gs, '');
  const document = bodyFrom(rendered);
  const slugger = new GithubSlugger();
  for (const heading of document.querySelectorAll('h1,h2,h3,h4,h5,h6'))
    heading.id = slugger.slug(heading.textContent);
  for (const table of document.querySelectorAll('table')) {
    const scroll = document.createElement('div');
    scroll.className = 'scroll';
    table.replaceWith(scroll);
    scroll.append(table);
  }
  const linked = ['href', 'src'].flatMap((name) => linksOf(document, path, name));
  const sections = sectionsOf(document.body);
  return { title: sections[0]?.heading ?? path, html: document.body.innerHTML, sections, linked };
}

/** Lets an attribute's links lead to places in the site; returns what they lead to in the repository. */
function linksOf(document: Page, path: string, name: string): string[] {
  return Array.from(document.querySelectorAll(`[${name}]`)).flatMap((element) => {
    const link = element.getAttribute(name)!;
    const { target, anchor } = fromRoot(path, link) ?? {};
    if (!target) return [];
    element.setAttribute(name, relativeTo(placeOf(path), placeOf(target)) + anchor);
    return [target];
  });
}

function sectionsOf(body: Element): Section[] {
  const sections: (Section & { text: string })[] = [];
  for (const element of body.children) {
    const text = element.textContent.replace(/\s+/g, ' ').trim();
    const level = Number(/^h([1-6])$/.exec(element.localName)?.[1]);
    if (level) sections.push({ id: element.id, level, heading: text, text: '' });
    else if (sections.length > 0) sections.at(-1)!.text += `${text} `;
  }
  return sections;
}
