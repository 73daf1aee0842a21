/** A row of a Markdown table, to the terminal. */
export function printRow(cells: readonly (string | number)[]): void {
  console.log(`| ${cells.join(' | ')} |`);
}

/** The head of a Markdown table, to the terminal. */
export function printHead(titles: readonly string[]): void {
  printRow(titles);
  console.log(`|${titles.map(() => '---').join('|')}|`);
}

export const percentOf = (count: number, of: number): string => `${((100 * count) / of).toFixed(1)} %`;
