/** A word for a shell to read. */
export function quoted(word: string): string {
  return /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** One word of a command as `quoted` writes it. */
const WORD = /(?:'(?:[^']|'\\'')*'|[^\s'])+/g;

/** Between values within a word: of settings, of lists, of YAML. */
const BETWEEN = /([=,[{("]\s*|:\s+)/;

/** What leads out of the folder where a command is given: from the root, from a home or upwards. */
const OUTSIDE = /^(file:|[/~\\]|[A-Za-z]:[/\\])|(^|[/\\])\.\.([/\\]|$)/;

/** A command in which files and folders that lie elsewhere are named alone: where they lie is their user's own matter. */
export function withoutFolders(command: string): string {
  return command.replace(WORD, (written) => {
    const word = written.startsWith("'") ? written.slice(1, -1).replaceAll("'\\''", "'") : written;
    const parts = word.split(BETWEEN);
    const first = parts.findIndex((part) => OUTSIDE.test(part));
    if (first < 0) return written;
    // What follows may be of the same name, which has such signs in it.
    return quoted(parts.map((part, i) => (i < first || i % 2 === 1 ? part : lastOf(part))).join(''));
  });
}

const lastOf = (place: string): string =>
  place
    .replace(/^file:/, '')
    .split(/[/\\]+/)
    .findLast((part) => part !== '') ??
  (place && '/');
