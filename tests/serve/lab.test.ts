import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { networkFiles } from '../../src/runs/network-files.node.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';
import { headers, serving } from './support.ts';

const root = await temporaryFolder();
const { settings } = await tinySettings(root, 2);
const runs = join(root, 'runs');
await untrainedRun(join(runs, 'marker'), 'train', settings);
await untrainedRun(join(runs, 'painter'), 'pretrain', settings);
await untrainedRun(join(runs, 'pieces'), 'train', { ...settings, crop: true });
await untrainedRun(join(runs, 'sixteen-bits'), 'train', { ...settings, intensity: '0:4095' });
// What is no network of the folder.
await untrainedRun(join(root, 'outside'), 'train', settings);
await symlink(join(root, 'outside'), join(runs, 'link'));
await mkdir(join(runs, 'empty'));
await writeFile(join(runs, 'file'), '');
const { app } = await serving(settings.data, root);
const ask = (path: string, changes: Readonly<Record<string, string | null>> = {}) =>
  app.request(path, { headers: headers(changes) });
const fileOf = (name: string, file: string) =>
  ask(`/api/lab/network?name=${encodeURIComponent(name)}&file=${encodeURIComponent(file)}`);

describe('networks of the folder of runs', () => {
  test('are listed, whatever they are for', async () => {
    expect(await (await ask('/api/lab/networks')).json()).toEqual([
      { name: 'sixteen-bits', kind: 'train' },
      { name: 'pieces', kind: 'train' },
      { name: 'painter', kind: 'pretrain' },
      { name: 'marker', kind: 'train' },
    ]);
  });

  test('are given file by file, without a path of this machine', async () => {
    const expected = await networkFiles({ run: join(runs, 'painter') });
    const facts = await (await fileOf('painter', 'network.json')).text();
    expect(JSON.parse(facts)).toMatchObject({
      name: 'painter',
      kind: 'pretrain',
      settings: { ...expected.settings, intensity: 'full' },
    });
    expect(facts).not.toContain(root);
    for (const [file, bytes] of [
      ['encoder.safetensors', expected.encoder],
      ['weights.safetensors', expected.weights!],
    ] as const) {
      const given = Buffer.from(await (await fileOf('painter', file)).arrayBuffer());
      expect(Buffer.compare(given, Buffer.from(bytes)), file).toBe(0);
    }
  });

  test.each([
    ['pieces', /pieces of images \(--crop\)/],
    ['sixteen-bits', /reads pixels by --intensity 0:4095.*by --intensity full/],
  ])('one that a page cannot take is told of: %s', async (name, problem) => {
    const answer = await fileOf(name, 'network.json');
    expect(answer.status).toBe(422);
    expect(await answer.text()).toMatch(problem);
  });

  test('one that reads pixels as the folder is read is fed what the page shows', async () => {
    const deep = await serving(settings.data, root, undefined, { intensity: '0:4095' });
    const from = (name: string) =>
      deep.app.request(`/api/lab/network?name=${name}&file=network.json`, { headers: headers() });
    expect(await (await from('sixteen-bits')).json()).toMatchObject({ settings: { intensity: 'full' } });
    expect((await from('marker')).status).toBe(422);
  });

  test.each([
    '..',
    '../outside',
    'link',
    'empty',
    'file',
    '',
    '__proto__',
    join(root, 'outside'),
    'marker/../marker',
  ])('%s is none', async (name) => expect((await fileOf(name, 'network.json')).status).toBe(404));

  test.each([
    '',
    'config.yaml',
    '../config.yaml',
    'weights/last.safetensors',
    '__proto__',
    'constructor',
  ])('%s is no file of one', async (file) => expect((await fileOf('marker', file)).status).toBe(404));

  test('only the page may ask', async () => {
    const refused: Record<string, string | null>[] = [
      { cookie: null },
      { origin: 'http://evil.example' },
      { host: 'evil.example:4317' },
    ];
    for (const changes of refused)
      for (const path of ['/api/lab/networks', '/api/lab/network?name=marker&file=network.json'])
        expect((await ask(path, changes)).status).toBe(403);
  });
});
