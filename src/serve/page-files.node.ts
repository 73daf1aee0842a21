import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Context } from 'hono';
import { inform, type Listener } from '../core/events.ts';
import { BUILT_RUNTIME, pageRuntime } from './page-runtime.node.ts';

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

const typeOf = (name: string) => TYPES[extname(name)] ?? 'application/octet-stream';

/** The files of the built page, all read once, and the runtime, when it is asked for: nothing else is answered. */
export class PageFiles {
  readonly files: ReadonlyMap<string, { readonly bytes: Uint8Array; readonly type: string }>;
  readonly #listener: Listener;
  #runtime: Promise<Uint8Array> | undefined;

  private constructor(files: PageFiles['files'], listener: Listener) {
    this.files = files;
    this.#listener = listener;
  }

  static async read(folder: string, listener: Listener = {}): Promise<PageFiles> {
    const found = await readdir(folder, { recursive: true, withFileTypes: true });
    const entries = await Promise.all(
      found
        .filter((entry) => entry.isFile())
        .map(async (entry) => {
          const path = join(entry.parentPath, entry.name);
          const name = `/${relative(folder, path).split(sep).join('/')}`;
          return [name, { bytes: await readFile(path), type: typeOf(name) }] as const;
        }),
    );
    return new PageFiles(new Map(entries), listener);
  }

  async answer(context: Context): Promise<Response> {
    const { path } = context.req;
    const file = this.files.get(path === '/' ? '/index.html' : path);
    if (!file && !BUILT_RUNTIME.test(path)) return context.json({ problem: 'no such place' }, 404);
    const bytes = file?.bytes ?? (await this.#fetchedRuntime());
    return context.body(Uint8Array.from(bytes).buffer, 200, { 'content-type': file?.type ?? typeOf(path) });
  }

  /** A published package has none. One that could not be fetched is tried again. */
  #fetchedRuntime(): Promise<Uint8Array> {
    this.#runtime ??= pageRuntime((text) => inform(this.#listener, text)).catch((error: unknown) => {
      this.#runtime = undefined;
      throw error;
    });
    return this.#runtime;
  }
}
