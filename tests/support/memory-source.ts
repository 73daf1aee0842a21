import type { ImageSize, Source, WrittenFile } from '../../src/annotations/source.ts';

/** Files in memory. @param images the sizes of those that are images, whatever they hold */
export function memorySource(
  files: Readonly<Record<string, string | Uint8Array>>,
  images: Readonly<Record<string, ImageSize | readonly [width: number, height: number]>> = {},
): Source {
  const bytes = async (path: string) => {
    const content = files[path];
    return typeof content === 'string' ? new TextEncoder().encode(content) : content;
  };
  return {
    name: 'IN',
    files: [...new Set([...Object.keys(files), ...Object.keys(images)])].sort(),
    bytes,
    text: async (path) => new TextDecoder().decode(await bytes(path)),
    sizeOf: async (path) => {
      const size = images[path];
      return 'width' in size ? size : { width: size[0], height: size[1], orientation: 1 };
    },
  };
}

/** What was written, as files to read. */
export function filesOf(written: Iterable<WrittenFile>): Record<string, string | Uint8Array> {
  return Object.fromEntries(Array.from(written, ({ path, content }) => [path, content]));
}
