import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { significant } from '../../core/format.ts';
import { type Content, type Html, html, trusted } from '../page/html.ts';
import { key, type Look } from './palette.ts';

/** What every chart has. */
export interface Common {
  readonly title: string;
  readonly xLabel: string;
  /** Off where the title says what the only line is. */
  readonly legend?: boolean;
  /** One plain sentence under the chart. */
  readonly note?: Content;
}

const chartSize = {
  width: 400,
  height: 270,
  marginLeft: 56,
  marginRight: 16,
  marginTop: 34,
  marginBottom: 42,
};

/** Attributes in pixels, of which a tenth is fine enough. */
const PLACES = / (?:d|transform|x1|x2|y1|y2|cx|cy)="[^"]*"/g;

/** A drawing by Plot as markup. */
export function draw(title: string, options: Plot.PlotOptions): Html {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const drawing: { outerHTML: string } = Plot.plot({
    document,
    ...chartSize,
    ariaLabel: title,
    ...options,
  });
  // Plot's own option for the font needs more of a document than there is here; its style sheet is the page's concern.
  return trusted(
    drawing.outerHTML
      .replace('<svg ', '<svg role="img" ')
      .replace('font-size="10"', 'font-size="13"')
      .replace(/<style>[^<]*<\/style>/, '')
      .replace(PLACES, (attribute) => attribute.replace(/(\.\d)\d+/g, '$1')),
  );
}

/** A drawing with its title, its legend and its note. */
export function figure(
  spec: Common,
  svg: Html,
  series: readonly { readonly name: string; readonly look: Look }[],
  note: Content,
): Html {
  return html`<figure class="chart"><figcaption>${spec.title}</figcaption>${svg}
${spec.legend !== false && legend(series)}${note && html`<p class="note">${note}</p>`}</figure>`;
}

export function legend(series: readonly { readonly name: string; readonly look: Look }[]): Html {
  const keys = new Map(series.map(({ name, look }) => [name, key(name, look)]));
  return html`<p class="legend">${[...keys.values()]}</p>`;
}

/** More digits than other numbers have, so that the ticks of a narrow range differ. */
export const plain = (value: number): string => significant(value, 6);
