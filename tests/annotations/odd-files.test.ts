import { describe, expect, it } from 'vitest';
import type { FormatName } from '../../src/annotations/format.ts';
import { FORMATS, formatOf } from '../../src/annotations/formats.ts';
import { areaOf } from '../../src/annotations/rasterise.ts';
import { settle } from '../../src/annotations/settle.ts';
import { decodeText } from '../../src/core/text.ts';
import { refusal } from '../support/expect-user-error.ts';
import { memorySource } from '../support/memory-source.ts';

/** Files as other programs write them, not as they should be. */
async function read(name: FormatName, files: Record<string, string>, images: readonly string[] = ['a.png']) {
  const sizes = Object.fromEntries(images.map((path) => [path, [20, 10] as const]));
  const source = memorySource(files, sizes);
  return settle(await FORMATS[name].read(source), source);
}

const SQUARE = [1, 1, 5, 1, 5, 5, 1, 5];
const CORNERS = [
  [1, 1],
  [5, 1],
  [5, 5],
  [1, 5],
];

const coco = (
  file: string,
  { categories = [{ id: 1, name: 'cell' }], ...more }: { categories?: object[]; segmentation?: unknown } = {},
) =>
  JSON.stringify({
    images: [{ id: 1, file_name: file }],
    annotations: [{ image_id: 1, category_id: 1, segmentation: [SQUARE], ...more }],
    categories,
  });
const labelme = (imagePath: string | null, shape: object = {}) =>
  JSON.stringify({ imagePath, shapes: [{ label: 'cell', points: CORNERS, ...shape }] });
const cvat = (images: string) => `<annotations>${images}</annotations>`;
const polygon = (label: string) => `<polygon label="${label}" points="1,1;5,1;5,5;1,5"/>`;
const geojson = (
  classification: object | null,
  geometry: object | null = { type: 'Polygon', coordinates: [CORNERS] },
) => JSON.stringify({ type: 'Feature', geometry, properties: { classification } });

describe('text', () => {
  const utf16 = (text: string, big: boolean) =>
    Uint8Array.from(
      [...text].flatMap((letter) => {
        const code = letter.charCodeAt(0);
        return big ? [code >> 8, code & 255] : [code & 255, code >> 8];
      }),
    );

  it.each([
    ['UTF-8 with a mark', new TextEncoder().encode('\ufeffä')],
    ['UTF-16, lower byte first', utf16('\ufeffä', false)],
    ['UTF-16, upper byte first', utf16('\ufeffä', true)],
  ])('%s', (_, bytes) => expect(decodeText(bytes, 'f')).toBe('ä'));

  it('is never guessed', async () => {
    expect(decodeText(utf16('{"a"', false), 'f')).toBe('{"a"');
    expect(await refusal(() => decodeText(Uint8Array.of(90, 0xe4, 90), 'f'))).toBe(
      'f: got text that is no UTF-8, expected UTF-8, or UTF-16 with a byte order mark; save it as UTF-8',
    );
    const xml = "<?xml version='1.0' encoding='ISO-8859-1'?>";
    expect(decodeText(Uint8Array.from([...Buffer.from(xml), 0xe4]), 'f')).toBe(`${xml}ä`);
  });
});

describe('images are found', () => {
  it.each<[string, FormatName, Record<string, string>, string]>([
    ['at an address', 'coco', { 'i.json': coco('https://host/x/a.png?sig=1&d=2') }, 'images/a.png'],
    ['with other capitals', 'coco', { 'i.json': coco('A.PNG') }, 'a.png'],
    ['without ending', 'coco', { 'i.json': coco('a') }, 'a.png'],
    ['beside the file that tells them', 'coco', { 'val/i.json': coco('a.png') }, 'val/a.png'],
    ['beside it, where it names another disk', 'labelme', { 'p/a.json': labelme('D:\\x\\a.png') }, 'p/a.png'],
    [
      'by the name of the file, where it names an older one',
      'labelme',
      { 'a.json': labelme('IMG_7.jpg') },
      'a.png',
    ],
    ['with other capitals than the file', 'geojson', { 'A.geojson': geojson({ name: 'x' }) }, 'a.png'],
  ])('%s', async (_, name, files, path) => {
    const others = path.includes('/') ? ['q/a.png'] : ['q/b.png'];
    const set = await read(
      name,
      files,
      name === 'coco' && path.startsWith('images') ? [path] : [path, ...others],
    );
    expect(set.images[0].path).toBe(path);
  });

  it('once: an image that is told of twice is refused', async () => {
    const twice: [FormatName, Record<string, string>][] = [
      ['labelme', { 'a.json': labelme('a.png'), 'b.json': labelme('a.png') }],
      [
        'cvat',
        {
          '1/x.xml': cvat(`<image name="a.png" width="20" height="10"/>`),
          '2/x.xml': cvat(`<image name="a.png" width="20" height="10"/>`),
        },
      ],
      ['geojson', { 'a.geojson': geojson({ name: 'x' }), 'a.json': geojson({ name: 'x' }) }],
      ['coco', { '1.json': coco('a.png'), '2.json': coco('a.png') }],
    ];
    for (const [name, files] of twice) {
      const [one, other] = Object.keys(files);
      expect(await refusal(read(name, files))).toContain(
        `image a.png: got annotations of it twice (${one} and ${other})`,
      );
    }
  });

  it('in the folders of each part, of the same name in several', async () => {
    const files = {
      'train/_annotations.coco.json': coco('1.png'),
      'valid/_annotations.coco.json': coco('1.png'),
    };
    const { images } = await read('coco', files, ['train/1.png', 'valid/1.png']);
    expect(images.map(({ path, split }) => [path, split])).toEqual([
      ['train/1.png', 'train'],
      ['valid/1.png', 'val'],
    ]);
  });
});

describe('classes', () => {
  it('without a name are refused', async () => {
    expect(await refusal(read('labelme', { 'a.json': labelme('a.png', { label: ' ' }) }))).toContain(
      'got a class without a name',
    );
  });

  it('with spaces around their names are the same; capitals make others, which is told', async () => {
    const files = {
      'a.json': labelme('a.png', { label: 'cell ' }),
      'b.json': labelme('b.png', { label: 'Cell' }),
      'c.json': labelme('c.png'),
    };
    const { classes, notes } = await read('labelme', files, ['a.png', 'b.png', 'c.png']);
    expect(classes.map(({ name }) => name)).toEqual(['Cell', 'cell']);
    expect(notes).toEqual([
      '1 class has spaces around the name: "cell "; taken without',
      'classes whose names differ in capitals only are several: Cell and cell',
    ]);
  });

  it('COCO: a heading with the name of a class is none, two that are used are refused', async () => {
    const categories = [
      { id: 0, name: 'cell' },
      { id: 1, name: 'cell' },
    ];
    expect((await read('coco', { 'i.json': coco('a.png', { categories }) })).classes).toEqual([
      { number: 1, name: 'cell' },
    ]);
    const both = JSON.stringify({
      images: [{ id: 1, file_name: 'a.png', width: null }],
      annotations: categories.map(({ id }) => ({ image_id: 1, category_id: id, segmentation: [SQUARE] })),
      categories,
    });
    expect(await refusal(read('coco', { 'i.json': both }))).toContain('the category 1 "cell", beside 0');
  });

  it('GeoJSON: of several names, of none, and with no colour', async () => {
    const files = {
      'a.geojson': geojson({ names: ['Tumor', 'Positive'] }),
      'b.geojson': geojson({ name: null, color: [300, -1, 0] }),
    };
    const { classes } = await read('geojson', files, ['a.png', 'b.png']);
    expect(classes).toEqual([
      { number: 1, name: 'Tumor: Positive' },
      { number: 2, name: 'Unclassified' },
    ]);
  });
});

it.each<[FormatName, Record<string, string>]>([
  ['coco', { 'i.json': coco('a.png', { segmentation: [] }) }],
  ['labelme', { 'a.json': labelme('a.png', { shape_type: 'line' }) }],
  ['yolo', { 'data.yaml': 'train: .\nnames: [cell]', 'a.txt': '0 0.5 0.5 0.2 0.2\n' }],
  [
    'cvat',
    { 'x.xml': cvat('<image name="a.png" width="20" height="10"><points label="x" points="1,1"/></image>') },
  ],
  ['geojson', { 'a.geojson': geojson(null, { type: 'GeometryCollection', geometries: [] }) }],
  [
    'labelstudio',
    {
      'x.json': JSON.stringify([
        {
          data: { image: 'a.png' },
          annotations: [{ result: [{ type: 'keypointlabels', value: { x: 1, y: 1 } }] }],
        },
      ]),
    },
  ],
])('%s: where marks have no area, nothing is known to be background', async (name, files) => {
  const { images, notes } = await read(name, files);
  expect(images[0].objects).toBeUndefined();
  expect(notes.at(-1)).toBe('1 image has nothing but such marks: it counts as not annotated');
});

describe('YOLO', () => {
  const names = 'names: [cell]\n';
  const line = '0 0.1 0.1 0.5 0.1 0.5 0.6';
  const images = ['1.png', 'images/train/1.png', 'images/val/2.png'];
  const labels = { 'labels/train/1.txt': line, 'labels/val/2.txt': line };

  it.each([
    [
      'folders of another machine',
      { 'data.yaml': `train: /home/me/x/images/train\nval: C:\\x\\images\\val\n${names}` },
    ],
    [
      'lists of another machine',
      { 'data.yaml': `train: t.txt\nval: images/val\n${names}`, 't.txt': 'C:\\x\\images\\train\\1.png\n' },
    ],
  ])('%s', async (_, files) => {
    const set = await read('yolo', { ...files, ...labels }, images);
    expect(set.images.map(({ path, split }) => [path, split])).toEqual([
      ['images/train/1.png', 'train'],
      ['images/val/2.png', 'val'],
    ]);
  });

  it('places that are not there, and labels of no image, are told', async () => {
    const files = {
      'data.yaml': `train: images/train\nval: images/valid\n${names}`,
      ...labels,
      'labels/train/9.txt': line,
    };
    expect((await read('yolo', files, images)).notes).toEqual([
      '1 place of images without any, val: images/valid',
      '1 file of labels without an image: left out',
    ]);
  });

  it('two descriptions are refused', async () => {
    const files = { 'a.yaml': `train: images\n${names}`, 'b.yaml': `train: images\n${names}` };
    expect(await refusal(read('yolo', files, images))).toContain(
      'several YAML files with "names" (a.yaml, b.yaml)',
    );
  });
});

it('CVAT: parts of the data have their usual names', async () => {
  const image = (name: string, subset: string) =>
    `<image name="${name}" subset="${subset}" width="20" height="10">${polygon('x')}</image>`;
  const set = await read('cvat', { 'x.xml': cvat(image('a.png', 'Validation') + image('b.png', 'rest')) }, [
    'a.png',
    'b.png',
  ]);
  expect(set.images.map(({ split }) => split)).toEqual(['val', 'rest']);
});

it('Label Studio: relations are none of an image; regions and labels may be two results', async () => {
  const size = { original_width: 20, original_height: 10 };
  const points = [
    [10, 10],
    [50, 10],
    [50, 60],
    [10, 60],
  ];
  const result = [
    { id: 'r', type: 'polygon', value: { points }, ...size },
    { id: 'r', type: 'labels', value: { points, labels: ['cell'] }, ...size },
    { type: 'relation', from_id: 'r', to_id: 'r' },
  ];
  const { images, notes } = await read('labelstudio', {
    'x.json': JSON.stringify([
      { data: { image: 'z.png' } },
      { data: { image: 'a.png' }, annotations: [{ result }] },
    ]),
  });
  const [object] = images[1].objects!;
  expect([object.label, areaOf(object.shape)]).toEqual(['cell', 40]);
  expect(notes).toContain('1 result of type "relation", which marks nothing in an image: left out');
});

it('QuPath writes an empty list of an image in which nothing is marked', async () => {
  const { images } = await read('geojson', { 'a.geojson': '[]' });
  expect(images).toMatchObject([{ path: 'a.png', objects: [] }]);
});

it('captions beside instances are passed over', async () => {
  const captions = JSON.stringify({ images: [], annotations: [{ id: 1, image_id: 1, caption: 'x' }] });
  const source = memorySource({ 'captions.json': captions, 'i.json': coco('a.png') }, { 'a.png': [20, 10] });
  expect((await formatOf(source)).name).toBe('coco');
  expect((await settle(await FORMATS.coco.read(source), source)).images).toHaveLength(1);
});

describe('an image that was uploaded to Label Studio', () => {
  const task = (image: string) => JSON.stringify([{ id: 1, data: { image }, annotations: [{ result: [] }] }]);
  const found = async (image: string, there: readonly string[]) => {
    const { images } = await read('labelstudio', { 'export.json': task(image) }, there);
    return images[0].path;
  };

  it('is found by the name it had before', async () => {
    const upload = '/data/upload/3/1a2b3c4d-my_image_0.png';
    expect(await found(upload, ['images/my image (0).png', 'images/other.png'])).toBe(
      'images/my image (0).png',
    );
    expect(await found(upload, ['images/my image (0).png', 'images/my_image_0.png'])).toBe(
      'images/my_image_0.png',
    );
  });

  it('is not guessed', async () => {
    const upload = '/data/upload/3/1a2b3c4d-my_image_0.png';
    for (const there of [
      ['a.png', 'b.png'],
      ['my image (0).png', 'my image 0.png'],
    ])
      expect(await found(upload, there)).toBe(undefined);
  });
});
