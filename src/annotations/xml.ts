import { SaxesParser } from 'saxes';
import { damaged } from './reading.ts';

/** An element of an XML file. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  /** Its own text, without that of its children. */
  readonly text: string;
  readonly line: number;
}

interface OpenElement extends Element {
  readonly children: Element[];
  text: string;
}

/** The root of an XML text. @throws UserError naming file, line and column, if it is not well formed */
export function parseXml(text: string, file: string): Element {
  const root: OpenElement = { name: '', attributes: {}, children: [], text: '', line: 1 };
  const open = [root];
  const parser = new SaxesParser();
  parser.on('error', ({ message }) => {
    const [, line, column, reason] = /^(\d+):(\d+): (.*)$/s.exec(message) ?? [undefined, '?', '?', message];
    throw damaged(
      `${file}, line ${line}, column ${column}`,
      `no XML (${reason})`,
      'XML',
      'restore the file, or export it once more',
    );
  });
  parser.on('opentag', ({ name, attributes }) => {
    const element: OpenElement = { name, attributes, children: [], text: '', line: parser.line };
    open[open.length - 1].children.push(element);
    open.push(element);
  });
  parser.on('text', (more) => {
    open[open.length - 1].text += more;
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(text).close();
  return root.children[0];
}

/** The first child of a name, or of its children, along a path such as `meta/task/labels`. */
export function below({ children }: Element, path: string): Element | undefined {
  const [first, ...rest] = path.split('/');
  const child = children.find(({ name }) => name === first);
  return child && rest.length > 0 ? below(child, rest.join('/')) : child;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
};

/** Text as it stands in XML, in elements and attributes. */
export function escaped(text: string): string {
  return text.replace(/[&<>"\n\t]/g, (letter) => ESCAPES[letter]);
}
