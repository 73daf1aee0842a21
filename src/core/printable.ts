/** What steers a terminal: control characters but for line feeds, and those that change the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const STEERING = /[\0-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Text as a terminal may show it, where names of files may hold anything: what would steer it is written as in code, `\x1b`. */
export function printable(text: string): string {
  return text.replace(STEERING, (character) => {
    const code = character.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
}

/** The same of a name, which has no lines. */
export const inOneLine = (name: string): string => printable(name.replaceAll('\n', '\\n'));
