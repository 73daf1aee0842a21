/** The names of an expression: what it may speak of. */
export type Names = Readonly<Record<string, unknown>>;

export interface Held {
  /** The text, its numbers as they should be. */
  readonly text: string;
  /** Comments looked at. */
  readonly checked: number;
  /** A sentence for everything that does not hold. */
  readonly problems: readonly string[];
}

const NUMBER = /(?<![\w.,^-])[+−-]?\d+(?:\.\d+)?(?!\w|[.,]\d)/g;
const COMMENT = /<!--=\s*(.*?)\s*-->/g;
/** What holds no results: code, links with their text, comments of other kinds. */
const APART = /```.*?```|`[^`\n]*`|\[[^\]]*\]\([^)]*\)|<!--(?!=).*?-->/gs;

/** A line of the text; in `bare` what holds no results is blank, and everything else in its place. */
interface Line {
  readonly text: string;
  readonly bare: string;
  readonly number: number;
}

/**
 * Holds a Markdown text against figures. Behind each of its numbers stands, in a comment that no reader sees, what it is:
 *
 *     a Dice of 0.636<!--= kvasir88.score('scratch').mean --> without pretraining
 *
 * The number must be the value of that JavaScript expression, rounded to the decimals that are written. In a table, the
 * comments of a column stand in its header, one for each number in a cell; `row` is the first code in the row's first cell, or
 * all its text.
 * A comment whose expression is true or false vouches for the words before it. Numbers in code and in links are no
 * results; all others must have a comment.
 *
 * @param names what expressions may speak of
 * @param first number of the first line, for problems
 */
export function holdAgainst(text: string, names: Names, first = 1): Held {
  const reader = new Reader(names);
  const bare = text.replace(APART, (apart) => apart.replace(/[^\n]/g, ' ')).split('\n');
  let columns: readonly (readonly string[])[] | undefined;
  const lines = text.split('\n').map((content, index) => {
    const line = { text: content, bare: bare[index], number: first + index };
    if (!content.startsWith('|')) {
      columns = undefined;
      return reader.sentence(line);
    }
    if (columns !== undefined) return reader.row(line, columns);
    columns = cellsOf(line).map((cell) => commentsIn(cell).map(({ expression }) => expression));
    return content;
  });
  return { text: lines.join('\n'), checked: reader.checked, problems: reader.problems };
}

class Reader {
  readonly problems: string[] = [];
  checked = 0;

  constructor(readonly names: Names) {}

  /** Numbers with the comment that follows each, and comments that follow none. */
  sentence(line: Line): string {
    const comments = commentsIn(line);
    const edits: Edit[] = [];
    for (const { start, end, written } of numbersIn(line)) {
      const comment = comments.find((one) => one.start === end);
      if (comment) edits.push({ start, end, by: this.#number(line, written, comment.expression) });
      else this.#complain(line, `${written} has no comment that says what it is`);
    }
    for (const { start, expression } of comments) {
      if (!edits.some(({ end }) => end === start)) this.#words(line, expression);
    }
    return edited(line.text, edits);
  }

  row(line: Line, columns: readonly (readonly string[])[]): string {
    const cells = cellsOf(line);
    if (cells.every(({ text }) => /^\s*:?-+:?\s*$/.test(text))) return line.text;
    const row = /`([^`]+)`/.exec(cells[0].text)?.[1] ?? cells[0].text.trim();
    const edits = cells.flatMap((cell, column): Edit[] => {
      const numbers = numbersIn(cell);
      const expressions = columns[column] ?? [];
      if (column === 0 && expressions.length === 0) return [];
      if (numbers.length > 0 && numbers.length !== expressions.length) {
        const counts = `${numbers.length} numbers, its header ${expressions.length} comments`;
        this.#complain(line, `column ${column + 1} has ${counts}`);
        return [];
      }
      return numbers.map(({ start, end, written }, i) => ({
        start: cell.from + start,
        end: cell.from + end,
        by: this.#number(line, written, expressions[i], { row }),
      }));
    });
    return edited(line.text, edits);
  }

  /** The number as it should be written. */
  #number(line: Line, written: string, expression: string, names: Names = {}): string {
    const value = this.#valueOf(line, expression, names);
    if (value === undefined) return written;
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      this.#complain(line, `${written} stands before ${expression}, which is ${value}, not a number`);
      return written;
    }
    const should = asWritten(value, written);
    if (should !== written) this.#complain(line, `${written} should be ${should}: ${expression}`);
    return should;
  }

  #words(line: Line, expression: string): void {
    const value = this.#valueOf(line, expression);
    if (value !== undefined && value !== true) {
      this.#complain(line, `${expression} is ${value}, not true`);
    }
  }

  /** Undefined for an expression that fails, which was complained of. */
  #valueOf(line: Line, expression: string, more: Names = {}): unknown {
    this.checked += 1;
    const names = { ...this.names, ...more };
    try {
      const evaluate = new Function(...Object.keys(names), `return (${expression});`);
      return evaluate(...Object.values(names)) ?? null;
    } catch (error) {
      this.#complain(line, `${expression}: ${(error as Error).message}`);
      return undefined;
    }
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

const commentsIn = ({ bare }: Pick<Line, 'bare'>) =>
  [...bare.matchAll(COMMENT)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    expression: match[1],
  }));

/** Outside comments. */
function numbersIn({ bare }: Pick<Line, 'bare'>) {
  const outside = bare.replace(COMMENT, (comment) => ' '.repeat(comment.length));
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
