import type { AnnotatedImage, AnnotatedSet } from '../../src/annotations/annotated-set.ts';
import { bitmapOf } from '../../src/annotations/bitmap.ts';
import type { FormatName } from '../../src/annotations/format.ts';
import { FORMATS, formatsIn } from '../../src/annotations/formats.ts';
import { rasteriseImage } from '../../src/annotations/label-map.ts';
import { settle } from '../../src/annotations/settle.ts';
import type { WrittenFile } from '../../src/annotations/source.ts';
import type { RandomStream } from '../../src/core/random.ts';
import { memorySource } from '../../tests/support/memory-source.ts';
import type { Attacker } from './attacker.ts';
import { mutatedBytes, mutatedJson, mutatedText } from './mutate.ts';

const size = { width: 40, height: 30 };

/** Polygons with a hole, and pixels, of two classes. */
function soundSet(): AnnotatedSet {
  const ring = (at: number, side: number) =>
    [
      [at, at],
      [at + side, at],
      [at + side, at + side],
      [at, at + side],
    ] as const;
  const grid = { left: 3, top: 2, width: 6, height: 5, data: new Uint8Array(30).fill(1) };
  const image = (file: string, split: string): AnnotatedImage => ({
    ...{ file, size, split },
    objects: [
      { label: 'polyp', id: '1', shape: { parts: [[ring(5.5, 12), ring(8.5, 4)]] } },
      { label: 'tool', id: '2', shape: { bitmap: bitmapOf(grid) } },
    ],
  });
  const classes = [
    { number: 1, name: 'polyp', colour: '#e69f00' },
    { number: 2, name: 'tool', colour: '#56b4e9' },
  ];
  return { classes, images: [image('a.png', 'train'), image('b.png', 'val')], notes: [] };
}

/** Files of a tool, of which one is changed by what it is made of. */
function annotationsOf(name: Exclude<FormatName, 'folder'>): Attacker {
  const format = FORMATS[name];
  return {
    name: `annotations-${name}`,
    what: `damaged files of ${format.title}, read and drawn`,
    prepare: async () => {
      const set = soundSet();
      const written = [...format.write(set, { polygons: name !== 'voc', multilabel: false })];
      const places = set.images.map(
        (image) => [format.imagePath(image), [size.width, size.height] as const] as const,
      );
      return (stream) => {
        const chosen = written[stream.integer(written.length)];
        const changed = changedContent(chosen, stream);
        const files = written.map(({ path, content }) => [path, path === chosen.path ? changed : content]);
        const source = memorySource(Object.fromEntries(files), Object.fromEntries(places));
        return {
          text: chosen.path,
          run: async () => {
            await formatsIn(source);
            const found = await settle(await format.read(source), source);
            for (const image of found.images) {
              const { width = 0, height = 0 } = image.size ?? {};
              if (width * height <= 1e6) rasteriseImage(image, { width, height }, found.classes);
            }
          },
        };
      };
    },
  };
}

function changedContent({ path, content }: WrittenFile, stream: RandomStream): string | Uint8Array {
  if (typeof content !== 'string') return mutatedBytes(content, stream);
  if (/json$/.test(path) && stream.integer(4) > 0)
    return JSON.stringify(mutatedJson(JSON.parse(content), stream)) ?? '';
  return mutatedText(content, stream);
}

const TOOLS = ['coco', 'yolo', 'labelme', 'voc', 'cvat', 'labelstudio', 'geojson'] as const;
export const annotations: readonly Attacker[] = TOOLS.map(annotationsOf);
