import { UserError } from './errors.ts';

/**
 * The SHA-256 of bytes, hexadecimal, in a page as in Node.
 *
 * @throws UserError in a page that is neither on https nor on this machine: browsers do not compute it there
 */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const { subtle } = globalThis.crypto;
  if (!subtle) {
    throw new UserError({
      what: 'page',
      got: 'an address without encryption, of another machine',
      expected: 'https, or an address of this machine such as http://localhost',
      fix: 'serve the page so; browsers compute hashes only there',
    });
  }
  const hash = new Uint8Array(await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
