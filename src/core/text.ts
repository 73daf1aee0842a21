import { UserError } from './errors.ts';

/** A text is a single string, which the engine does not make longer. */
const LONGEST = 2 ** 29 - 64;

/**
 * The text of a file: UTF-8, UTF-16 where its first bytes show that, or what the first line of XML says. A byte order mark is left out.
 *
 * @param place for messages
 * @throws UserError if it is none of these, so that no letter is guessed, or too long
 */
export function decodeText(bytes: Uint8Array, place: string): string {
  const encoding = encodingOf(bytes);
  if (bytes.length > LONGEST) {
    throw new UserError({
      what: place,
      got: `${Math.round(bytes.length / 2 ** 20)} MiB of text`,
      expected: `at most ${Math.floor(LONGEST / 2 ** 20)}`,
      fix: 'divide it into several files',
    });
  }
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new UserError({
      what: place,
      got: `text that is no ${encoding.toUpperCase()}`,
      expected: 'UTF-8, or UTF-16 with a byte order mark',
      fix: 'save it as UTF-8',
    });
  }
}

/** The lines of a text in UTF-8 that were written to their end. */
export const wholeLines = (bytes: Uint8Array): Uint8Array =>
  bytes.subarray(0, bytes.lastIndexOf(LINE_END) + 1);

const LINE_END = 10;

/** The first letter of a text in UTF-16 is its mark, or one of a single byte beside a zero. */
function encodingOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first > 0 && second === 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second > 0)) return 'utf-16be';
  const head = String.fromCharCode(...bytes.subarray(0, 100));
  return /^<\?xml[^>]*\sencoding=["']([\w.:-]+)["']/.exec(head)?.[1].toLowerCase() ?? 'utf-8';
}
