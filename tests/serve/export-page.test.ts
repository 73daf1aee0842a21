import { randomUUID } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exportPage } from '../../src/serve/export-page.node.ts';
import { complaint, fewmask } from '../support/cli.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);
const { settings } = await tinySettings(root, 2);
await untrainedRun(at('run'), 'train', settings);
await untrainedRun(at('pieces'), 'train', { ...settings, crop: true });

const filesIn = async (folder: string) =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
const withoutHash = (name: string) => name.replace(/-[\w-]{8}\./, '-#.');

describe('a page that is taken away', () => {
  test('is the page, its licences, the runtime and the network, and nothing else', async () => {
    const { files, bytes } = await exportPage({ run: at('run') }, { out: at('page') });
    expect(await filesIn(at('page'))).toEqual([...files].sort());
    const kinds = new Set(files.map(withoutHash));
    for (const name of [
      ...['index.html', 'network/network.json', 'network/encoder.safetensors', 'network/weights.safetensors'],
      ...['assets/ort-wasm-simd-threaded-#.wasm', 'assets/ort-wasm-simd-threaded-#.js', 'assets/worker-#.js'],
    ])
      expect(kinds).toContain(name);
    // The page that is served asks a server; nothing of it is here.
    for (const name of kinds) expect(name).not.toMatch(/index-#|lab-view/);
    const contents = await Promise.all(files.map((file) => readFile(at('page', file))));
    expect(bytes).toBe(contents.reduce((sum, { length }) => sum + length, 0));
    for (const [i, content] of contents.entries()) expect(content.includes(root), files[i]).toBe(false);
  });

  test('names its own files alone, by relative addresses, and forbids all others', async () => {
    const html = await readFile(at('page/index.html'), 'utf8');
    expect(html).toContain("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'");
    expect(html).toContain("connect-src 'self'");
    const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address);
    expect(addresses.length).toBeGreaterThan(2);
    for (const address of addresses) expect(address).toMatch(/^(\.\/assets\/|data:,$)/);
  });

  test('replaces a page, if that is said, and nothing else', async () => {
    expect(await refusal(exportPage({ run: at('run') }, { out: at('page') }))).toMatch(
      /an earlier page in it.*--overwrite/,
    );
    await exportPage({ run: at('run') }, { out: at('page'), overwrite: true });
    // Killed while it was written.
    await cp(at('page'), at('killed'), { recursive: true });
    await rename(
      at('killed', 'network', 'weights.safetensors'),
      at('killed', 'network', `weights.safetensors.${randomUUID()}.part`),
    );
    await exportPage({ run: at('run') }, { out: at('killed'), overwrite: true });
    expect(await filesIn(at('killed'))).toEqual(await filesIn(at('page')));
    await mkdir(at('mine'));
    await writeFile(at('mine', 'index.html'), 'mine');
    await mkdir(at('half'));
    await cp(at('page'), at('half'), { recursive: true });
    await writeFile(at('half', 'assets', 'notes.txt'), 'mine');
    for (const out of ['mine', 'half']) {
      const before = await filesIn(at(out));
      expect(await refusal(exportPage({ run: at('run') }, { out: at(out), overwrite: true }))).toMatch(
        /a folder (with other files in it|that is no page)/,
      );
      expect(await filesIn(at(out))).toEqual(before);
    }
    for (const out of ['run', '.'])
      expect(await refusal(exportPage({ run: at('run') }, { out: at(out), overwrite: true }))).toMatch(
        /--page .*expected/,
      );
    expect(await readFile(at('mine', 'index.html'), 'utf8')).toBe('mine');
  });

  test('a network of pieces of images is refused', async () => {
    expect(await refusal(exportPage({ run: at('pieces') }, { out: at('none') }))).toMatch(/--crop/);
    expect((await readdir(root)).includes('none')).toBe(false);
  });

  test('is written by the command, in place of a file', async () => {
    const { code, stdout } = await fewmask(['export', 'run', '--page', 'other'], root);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^other: \d+ files, \d+\.\d MB/)]);
    expect(await complaint(['export', 'run'], root)).toMatch(/no place to write to.*--page/);
    expect(await complaint(['export', 'run', 'model.onnx', '--page', 'third'], root)).toMatch(
      /model.onnx, too/,
    );
  });
});
