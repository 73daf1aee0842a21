/** An attribute: its tag as PS3.6 has it, its type, its value. */
export type Attribute = PlainAttribute | readonly [tag: string, vr: 'SQ', item: readonly Attribute[]];
export type PlainAttribute = readonly [
  tag: string,
  vr: 'US' | 'CS' | 'DS' | 'IS' | 'UI',
  value: number | string,
];

const EXPLICIT = '1.2.840.10008.1.2.1';

/**
 * A DICOM file of one data set (PS3.5, PS3.10), little-endian.
 *
 * @param attributes in the order of their tags
 * @param pixels as they are stored; with a transfer syntax of its own in one fragment
 */
export function encodeDicom(attributes: readonly Attribute[], pixels: Uint8Array, syntax = EXPLICIT): Buffer {
  const explicit = syntax !== '1.2.840.10008.1.2';
  const head = element(['00020010', 'UI', syntax], true);
  const encapsulated = explicit && syntax !== EXPLICIT;
  const parts = [
    Buffer.alloc(128),
    Buffer.from('DICM'),
    group(head),
    head,
    ...attributes.map((attribute) => element(attribute, explicit)),
    pixelData(pixels, explicit, encapsulated),
  ];
  return Buffer.concat(parts);
}

/** The length of what follows in the group of the file itself. */
function group(head: Buffer): Buffer {
  const length = Buffer.from([2, 0, 0, 0, 0x55, 0x4c, 4, 0, 0, 0, 0, 0]);
  length.writeUInt32LE(head.length, 8);
  return length;
}

function tagBytes(tag: string): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0);
  bytes.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2);
  return bytes;
}

function element(attribute: Attribute, explicit: boolean): Buffer {
  const [tag, vr, value] = attribute;
  if (typeof value === 'object') {
    const item = itemOf(Buffer.concat(value.map((each) => element(each, explicit))));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(item.length);
    return Buffer.concat([tagBytes(tag), Buffer.from(explicit ? 'SQ\0\0' : ''), length, item]);
  }
  const content =
    typeof value === 'number'
      ? Buffer.alloc(2)
      : Buffer.from(value.length % 2 ? value + (vr === 'UI' ? '\0' : ' ') : value);
  if (typeof value === 'number') content.writeUInt16LE(value);
  const length = Buffer.alloc(explicit ? 2 : 4);
  if (explicit) length.writeUInt16LE(content.length);
  else length.writeUInt32LE(content.length);
  return Buffer.concat([tagBytes(tag), Buffer.from(explicit ? vr : ''), length, content]);
}

function pixelData(pixels: Uint8Array, explicit: boolean, encapsulated: boolean): Buffer {
  const even = Buffer.concat([pixels, Buffer.alloc(pixels.length % 2)]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(encapsulated ? 0xffffffff : even.length);
  const head = Buffer.concat([
    tagBytes('7fe00010'),
    explicit ? Buffer.from('OW\0\0') : Buffer.alloc(0),
    length,
  ]);
  if (!encapsulated) return Buffer.concat([head, even]);
  return Buffer.concat([head, itemOf(Buffer.alloc(0)), itemOf(even), tagBytes('fffee0dd'), Buffer.alloc(4)]);
}

function itemOf(content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(content.length);
  return Buffer.concat([tagBytes('fffee000'), length, content]);
}
