import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { onnxRuntime, RUNTIME_PACKAGES, RUNTIME_VERSION } from '../../src/runtime/onnxruntime.node.ts';
import { PAGE_RUNTIME } from '../../src/serve/page-runtime.node.ts';

test('the packages that are fetched are those that this repository is tested with, to the byte', async () => {
  const lock = JSON.parse(await readFile(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly version: string; readonly integrity: string }>>;
  };
  for (const pinned of [...RUNTIME_PACKAGES, PAGE_RUNTIME]) {
    const { version, integrity } = lock.packages[`node_modules/${pinned.package}`];
    expect({ version, integrity }).toEqual({ version: pinned.version, integrity: pinned.integrity });
  }
});

test('where the package is installed in the version that is needed, it is used and nothing is fetched', async () => {
  const told: string[] = [];
  const { listSupportedBackends } = await onnxRuntime((text) => told.push(text));
  expect(listSupportedBackends().map(({ name }) => name)).toContain('cpu');
  expect(told).toEqual([]);
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as {
    readonly version: string;
  };
  expect(version).toBe(RUNTIME_VERSION);
});
