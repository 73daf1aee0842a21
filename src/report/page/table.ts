import { type Content, type Html, html } from './html.ts';

export interface Column {
  readonly title: Content;
  /** Numbers are set flush right with digits of equal width; plots fill their cells. */
  readonly kind?: 'number' | 'text' | 'plot';
}

export interface TableSpec {
  readonly caption: Content;
  readonly columns: readonly Column[];
  /** Cells by row; the first `headers` cells of a row name it. */
  readonly rows: readonly (readonly Content[])[];
  readonly headers?: number;
  /** Indices of rows with which a new group starts. */
  readonly groups?: readonly number[];
}

/** A table in a box of its own that scrolls sideways where the page is too narrow. */
export function table({ caption, columns, rows, headers = 1, groups = [] }: TableSpec): Html {
  const css = (index: number): Content => {
    const kind = columns[index]?.kind;
    return kind && kind !== 'text' && html` class="${kind}"`;
  };
  const cell = (value: Content, index: number) =>
    index < headers ? html`<th scope="row"${css(index)}>${value}</th>` : html`<td${css(index)}>${value}</td>`;
  return html`<figure class="table"><figcaption>${caption}</figcaption>
<div class="scroll" tabindex="0"><table>
<thead><tr>${columns.map(({ title }, index) => html`<th scope="col"${css(index)}>${title}</th>`)}</tr></thead>
<tbody>${rows.map((row, i) => html`<tr${groups.includes(i) && html` class="group"`}>${row.map(cell)}</tr>\n`)}</tbody>
</table></div></figure>`;
}

/** A column of numbers. */
export const number = (title: Content): Column => ({ title, kind: 'number' });
