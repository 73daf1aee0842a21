import { parseHTML } from 'linkedom';

/** What is used of an element: the types of Node know no pages. */
export interface Element {
  readonly localName: string;
  readonly textContent: string;
  readonly children: Iterable<Element>;
  readonly nextElementSibling: Element | null;
  readonly innerHTML: string;
  id: string;
  className: string;
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
  querySelectorAll(selector: string): Iterable<Element>;
  replaceWith(other: Element): void;
  append(other: Element): void;
}

export interface Page {
  readonly body: Element;
  createElement(name: string): Element;
  getElementById(id: string): Element | null;
  querySelectorAll(selector: string): Iterable<Element>;
}

/** Reads a whole page. */
export const pageFrom = (html: string): Page => parseHTML(html).document as unknown as Page;

/** Reads what stands in a page. */
export const bodyFrom = (html: string): Page => pageFrom(`<!doctype html><html><body>${html}</body></html>`);
