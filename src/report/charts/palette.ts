import { type Html, html, trusted } from '../page/html.ts';

/** Okabe and Ito's colours, in the order in which arms get them, for a light and a dark page. */
export const colours: readonly { readonly light: string; readonly dark: string }[] = [
  { light: '#000000', dark: '#e8e8e8' },
  { light: '#0072b2', dark: '#56b4e9' },
  { light: '#d55e00', dark: '#e69f00' },
  { light: '#009e73', dark: '#2fc79b' },
  { light: '#cc79a7', dark: '#e29cc4' },
  { light: '#56b4e9', dark: '#4a90d9' },
  { light: '#e69f00', dark: '#f0e442' },
];

export type Symbol = 'circle' | 'square' | 'triangle' | 'diamond' | 'times';
const symbols: readonly Symbol[] = ['circle', 'square', 'triangle', 'diamond', 'times'];

/** How an arm (or another series) looks in every chart: colour and symbol, so that colour is not needed to tell. */
export interface Look {
  readonly colour: string;
  readonly symbol: Symbol;
}

/** The look of the series with this place in the list; the first is neutral: the baseline. */
export function lookOf(index: number): Look {
  return { colour: `var(--series-${index % colours.length})`, symbol: symbols[index % symbols.length] };
}

const paths: Record<Symbol, string> = {
  circle: 'M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0Z',
  square: 'M-3.5,-3.5h7v7h-7Z',
  triangle: 'M0,-4.5L4.5,3.5H-4.5Z',
  diamond: 'M0,-5L4,0L0,5L-4,0Z',
  times: 'M-3.5,-3.5L3.5,3.5M-3.5,3.5L3.5,-3.5',
};

/** The key of a series: a piece of its line with its symbol, and its name. */
export function key(name: string, { colour, symbol }: Look): Html {
  const drawing = trusted(
    `<svg viewBox="-13 -6 26 12" width="26" height="12" aria-hidden="true"><path d="M-13,0H13" stroke="${colour}" stroke-width="2"/><path d="${paths[symbol]}" fill="${colour}" stroke="${colour}" stroke-width="${symbol === 'times' ? 2 : 0}"/></svg>`,
  );
  return html`<span class="key">${drawing}${name}</span>`;
}
