/** Names of image formats by what their files begin with; `?` stands for any byte. */
const signatures: readonly (readonly [name: string, beginning: string])[] = [
  ['jpeg', '\xff\xd8\xff'],
  ['png', '\x89PNG'],
  ['gif', 'GIF8'],
  ['webp', 'RIFF????WEBP'],
  ['tiff', 'II*\0'],
  ['tiff', 'MM\0*'],
  ['bigtiff', 'II+\0'],
  ['bigtiff', 'MM\0+'],
  ['avif', '????ftypavi'],
  ['heif', '????ftyp'],
  ['bmp', 'BM'],
];

/** What format a file's content has, whatever its name says: `jpeg`, `png`, ..; `other` if it is none known. */
export function formatOf(bytes: Uint8Array): string {
  const begins = (beginning: string) =>
    [...beginning].every((character, i) => character === '?' || bytes[i] === character.charCodeAt(0));
  if (String.fromCharCode(...bytes.subarray(128, 132)) === 'DICM') return 'dicom';
  return signatures.find(([, beginning]) => begins(beginning))?.[0] ?? 'other';
}
