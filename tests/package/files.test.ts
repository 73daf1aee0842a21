import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { documents, inside, root } from '../docs/documents.ts';

const run = promisify(execFile);
const packed = run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
  cwd: root,
  shell: process.platform === 'win32',
  maxBuffer: 2 ** 26,
}).then(({ stdout }) =>
  (JSON.parse(stdout) as [{ files: { path: string }[] }])[0].files.map(({ path }) => path),
);

test('the package holds the program, its documents and nothing else', async () => {
  const beside = (await packed).filter((path) => !path.startsWith('dist/')).sort();
  const written = documents.filter((path) => path.startsWith('docs/'));
  const alone = ['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'THIRD_PARTY.md', 'package.json'];
  expect(beside).toEqual([...alone, ...written, 'bin/fewmask.js', 'scripts/peers/torch_unet.py'].sort());
});

test('documents that messages name are in it', async () => {
  const sources = await Promise.all(inside('src', '.ts').map((path) => readFile(join(root, path), 'utf8')));
  const named = new Set(sources.flatMap((text) => text.match(/docs\/[\w-]+\.md/g) ?? []));
  const paths = await packed;
  expect([...named].filter((path) => !paths.includes(path))).toEqual([]);
});
