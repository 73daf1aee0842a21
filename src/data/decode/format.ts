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
  ['jp2', '????jP  '],
  ['jxl', '????JXL '],
  ['jxl', '\xff\x0a'],
  ['pdf', '%PDF'],
  ['psd', '8BPS'],
  ['gzip', '\x1f\x8b'],
  ['zip', 'PK\x03\x04'],
];

/** As many bytes tell what kind of file it is. */
export const BEGINNING = 1000;

/** The formats that are read. */
const READ: readonly string[] = ['jpeg', 'png', 'gif', 'webp', 'tiff', 'bigtiff', 'avif', 'bmp', 'dicom'];

/** What others are, as words. */
const OTHERS: Readonly<Record<string, string>> = {
  ...{
    heif: 'an HEIC image or a video',
    jp2: 'a JPEG 2000 image',
    jxl: 'a JPEG XL image',
    psd: 'a Photoshop image',
  },
  ...{ svg: 'an SVG drawing', markup: 'XML or HTML', pdf: 'a PDF document' },
  ...{ gzip: 'a file compressed by gzip', zip: 'a ZIP archive' },
};

/** What a file is whose content is of no format that is read, as words; undefined if it may be read. */
export function otherFormat(bytes: Uint8Array): string | undefined {
  const format = formatOf(bytes);
  return READ.includes(format)
    ? undefined
    : (OTHERS[format] ?? 'a file that cannot be read (of no known format)');
}

/** What format a file's content has, whatever its name says: `jpeg`, `png`, ..; `other` if it is none known. */
export function formatOf(bytes: Uint8Array): string {
  const begins = (beginning: string) =>
    [...beginning].every((character, i) => character === '?' || bytes[i] === character.charCodeAt(0));
  if (String.fromCharCode(...bytes.subarray(128, 132)) === 'DICM') return 'dicom';
  const found = signatures.find(([, beginning]) => begins(beginning))?.[0];
  const start = () => String.fromCharCode(...bytes.subarray(0, BEGINNING));
  // The formats that a file can be read as follow the one it was made as.
  if (found === 'heif' && /^.{4}ftyp.{8}(.{4})*?avi[fs]/s.test(start())) return 'avif';
  if (found !== undefined) return found;
  if (!/^(\xef\xbb\xbf)?\s*</.test(start())) return 'other';
  return start().includes('<svg') ? 'svg' : 'markup';
}
