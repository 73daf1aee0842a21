/** What may be quoted, by id: from the source of all figures, and in a table from what names the row. */
export type Quoted<Source> = Readonly<
  Record<string, (source: Source, row: string) => number | boolean | null | undefined>
>;

export interface Held {
  /** The text, its numbers as they should be. */
  readonly text: string;
  /** How often something was held against its figure. */
  readonly checked: number;
  /** Of the marks. */
  readonly ids: readonly string[];
  /** A sentence for everything that does not hold. */
  readonly problems: readonly string[];
}

const NUMBER = /(?<![\w.,^-])[+−-]?\d+(?:\.\d+)?(?!\w|[.,]\d)/g;
const MARK = /<!--f:([\w-]+)-->/g;
/** What holds no results: code, links with their text, comments of other kinds. */
const APART = /```.*?```|`[^`\n]*`|\[[^\]]*\]\([^)]*\)|<!--(?!f:).*?-->/gs;

/** A line of the text; in `bare` what holds no results is blank, and everything else in its place. */
interface Line {
  readonly text: string;
  readonly bare: string;
  readonly number: number;
}

/**
 * Holds a Markdown text against figures. Behind each of its numbers stands a mark that no reader sees, with the figure's id:
 *
 *     a Dice of 0.636<!--f:scratch-mean--> without pretraining
 *
 * The number must be that figure, rounded to the decimals that are written. In a table, the marks of a column stand in its
 * header, one for each number in a cell; a mark in another row vouches for words. What names a row is the first code in its first cell, or all its text.
 * A figure that is true or false vouches for the words before its mark. Numbers in code and in links are no results; all others
 * must have a mark.
 *
 * @param source what the figures are taken from
 * @param first number of the first line, for problems
 */
export function holdAgainst<Source>(text: string, quoted: Quoted<Source>, source: Source, first = 1): Held {
  const reader = new Reader(quoted, source);
  const bare = text.replace(APART, (apart) => apart.replace(/[^\n]/g, ' ')).split('\n');
  let columns: readonly (readonly string[])[] | undefined;
  const lines = text.split('\n').map((content, index) => {
    const line = { text: content, bare: bare[index], number: first + index };
    if (!content.startsWith('|')) {
      columns = undefined;
      return reader.sentence(line);
    }
    if (columns !== undefined) return reader.row(line, columns);
    columns = cellsOf(line).map((cell) => marksIn(cell).map(({ id }) => id));
    return content;
  });
  const { checked, problems, ids } = reader;
  return { text: lines.join('\n'), checked, problems, ids: [...ids] };
}

class Reader<Source> {
  readonly problems: string[] = [];
  readonly ids = new Set<string>();
  checked = 0;

  constructor(
    readonly quoted: Quoted<Source>,
    readonly source: Source,
  ) {}

  /** Numbers with the mark that follows each, and marks that follow none. */
  sentence(line: Line): string {
    const marks = marksIn(line);
    const edits: Edit[] = [];
    for (const { start, end, written } of numbersIn(line)) {
      const mark = marks.find((one) => one.start === end);
      if (mark) edits.push({ start, end, by: this.#number(line, written, mark.id) });
      else this.#complain(line, `${written} has no mark that says what it is`);
    }
    for (const { start, id } of marks) {
      if (!edits.some(({ end }) => end === start)) this.#words(line, id);
    }
    return edited(line.text, edits);
  }

  row(line: Line, columns: readonly (readonly string[])[]): string {
    const cells = cellsOf(line);
    if (cells.every(({ text }) => /^\s*:?-+:?\s*$/.test(text))) return line.text;
    const row = /`([^`]+)`/.exec(cells[0].text)?.[1] ?? cells[0].text.trim();
    for (const { id } of cells.flatMap(marksIn)) this.#words(line, id, row);
    const edits = cells.flatMap((cell, column): Edit[] => {
      const numbers = numbersIn(cell);
      const ids = columns[column] ?? [];
      if (column === 0 && ids.length === 0) return [];
      if (numbers.length > 0 && numbers.length !== ids.length) {
        const counts = `${numbers.length} numbers, its header ${ids.length} marks`;
        this.#complain(line, `column ${column + 1} has ${counts}`);
        return [];
      }
      return numbers.map(({ start, end, written }, i) => ({
        start: cell.from + start,
        end: cell.from + end,
        by: this.#number(line, written, ids[i], row),
      }));
    });
    return edited(line.text, edits);
  }

  /** The number as it should be written. */
  #number(line: Line, written: string, id: string, row = ''): string {
    const value = this.#valueOf(line, id, row);
    if (value === undefined) return written;
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      this.#complain(line, `${written} stands before ${id}, which is ${value}, not a number`);
      return written;
    }
    const should = asWritten(value, written);
    if (should !== written) this.#complain(line, `${written} should be ${should}: ${id}`);
    return should;
  }

  #words(line: Line, id: string, row = ''): void {
    const value = this.#valueOf(line, id, row);
    if (value !== undefined && value !== true) this.#complain(line, `${id} is ${value}, not true`);
  }

  /** Undefined for a figure that there is not, or that cannot be taken, which was complained of. */
  #valueOf(line: Line, id: string, row = ''): unknown {
    this.checked += 1;
    this.ids.add(id);
    try {
      if (Object.hasOwn(this.quoted, id)) return this.quoted[id](this.source, row) ?? null;
      this.#complain(line, `no figure has the id ${id}`);
    } catch (error) {
      this.#complain(line, `${id}: ${(error as Error).message}`);
    }
    return undefined;
  }

  #complain(line: Line, sentence: string): void {
    this.problems.push(`line ${line.number}: ${sentence}`);
  }
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly by: string;
}

function edited(text: string, edits: readonly Edit[]): string {
  const backwards = [...edits].sort((a, b) => b.start - a.start);
  return backwards.reduce((done, { start, end, by }) => done.slice(0, start) + by + done.slice(end), text);
}

const marksIn = ({ bare }: Pick<Line, 'bare'>) =>
  [...bare.matchAll(MARK)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    id: match[1],
  }));

/** Outside marks. */
function numbersIn({ bare }: Pick<Line, 'bare'>) {
  const outside = bare.replace(MARK, (mark) => ' '.repeat(mark.length));
  return [...outside.matchAll(NUMBER)].map(({ index, 0: written }) => ({
    start: index,
    end: index + written.length,
    written,
  }));
}

/** The cells of a line of a table, and where in it they start. */
function cellsOf({ text, bare }: Line) {
  const bars = [...bare.matchAll(/\|/g)].map(({ index }) => index + 1);
  return bars.slice(0, -1).map((from, i) => {
    const to = bars[i + 1] - 1;
    return { from, text: text.slice(from, to), bare: bare.slice(from, to) };
  });
}

/** As many decimals, a minus of the same kind, a plus where there was a sign. */
function asWritten(value: number, written: string): string {
  const size = Math.abs(value).toFixed(written.split('.')[1]?.length ?? 0);
  if (Number(size) === 0) return size;
  if (value < 0) return `${written.startsWith('-') ? '-' : '−'}${size}`;
  return /^[+−-]/.test(written) ? `+${size}` : size;
}
