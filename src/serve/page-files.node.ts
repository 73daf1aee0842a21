import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Context } from 'hono';

/** The built page, beside the compiled program; of a program that runs from its sources too. */
export const PAGE = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../dist/page' : '../page', import.meta.url),
);

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
};

/** The files of the built page, all read once: nothing else is answered. */
export class PageFiles {
  private constructor(
    readonly files: ReadonlyMap<string, { readonly bytes: Uint8Array; readonly type: string }>,
  ) {}

  static async read(folder: string): Promise<PageFiles> {
    const found = await readdir(folder, { recursive: true, withFileTypes: true });
    const entries = await Promise.all(
      found
        .filter((entry) => entry.isFile())
        .map(async (entry) => {
          const path = join(entry.parentPath, entry.name);
          const name = `/${relative(folder, path).split(sep).join('/')}`;
          return [
            name,
            { bytes: await readFile(path), type: TYPES[extname(name)] ?? 'application/octet-stream' },
          ] as const;
        }),
    );
    return new PageFiles(new Map(entries));
  }

  answer(context: Context): Response {
    const file = this.files.get(context.req.path === '/' ? '/index.html' : context.req.path);
    if (!file) return context.json({ problem: 'no such place' }, 404);
    return context.body(Uint8Array.from(file.bytes).buffer, 200, { 'content-type': file.type });
  }
}
