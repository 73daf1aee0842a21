import { lstat } from 'node:fs/promises';
import { UserError } from '../../core/errors.ts';
import { misnamed, NoRegularFile, readRegular } from '../../core/files.node.ts';
import { PixelsRefused } from './numbers.ts';

/** The content of an image file. */
export async function readBytes(path: string): Promise<Buffer> {
  let bytes: Buffer;
  try {
    bytes = await readRegular(path);
  } catch (error) {
    const link = await lstat(path).then(
      (entry) => entry.isSymbolicLink(),
      () => false,
    );
    throw link && codeOf(error) === 'ENOENT'
      ? complaint(path, 'a link to a file that is not there')
      : unreadable(path, error);
  }
  if (bytes.length === 0) throw complaint(path, 'an empty file');
  return bytes;
}

/** The complaint about an image file that could not be read or decoded. */
export function unreadable(path: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  if (error instanceof PixelsRefused) return new UserError({ what: path, ...error.facts });
  if (error instanceof NoRegularFile) return complaint(path, error.message);
  const wrong = codeOf(error) === 'ENOENT' ? misnamed(path) : undefined;
  if (wrong) return wrong;
  const known = reasons[codeOf(error) ?? ''];
  if (known) return complaint(path, known);
  const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
  // Two decoders that fail at once mix up what they say; one of them is left without a reason.
  if (reason === 'Unknown error') return complaint(path, 'a file that cannot be read, cut or damaged');
  const cut = signsOfCut.test(reason) ? ', cut or damaged' : '';
  return complaint(path, `a file that cannot be read${cut} (${reason.replace(/:$/, '')})`);
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'a folder',
  ELOOP: 'a link that leads to itself',
  EACCES: 'a file that you have no right to read',
};

/** What the decoders say where a file ends too soon; none of them knows for sure. */
const signsOfCut = /^cut|premature end|unexpected end|read error|bad seek|corrupt header|unable to parse/i;

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/** What is told of a file that is no image to be read. */
export function complaint(path: string, got: string): UserError {
  return new UserError({
    what: path,
    got,
    expected: 'a complete JPEG, PNG, WebP, TIFF, GIF, AVIF, BMP or DICOM image',
    fix: 'restore the file or take it out of the data folder',
  });
}
