import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { doctorText } from '../../src/cli/doctor-command.node.ts';
import { doctor } from '../../src/index.ts';
import { environmentHere, oldNode } from '../../src/library/doctor.node.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

test('a machine on which tests run is well, and is told in a page', async () => {
  process.env.FEWMASK_CACHE = await temporaryFolder();
  const found = await doctor();
  expect(found.backends.map(({ name }) => name)).toContain('cpu');
  expect(found.folders.cache).toMatchObject({ path: process.env.FEWMASK_CACHE, writable: true, files: 0 });
  expect(found.machine.memory.all).toBeGreaterThan(1e9);
  const text = doctorText(found);
  expect(text.split('\n').length).toBeLessThan(60);
  expect(text).toMatch(/^node +v\d+\./m);
  expect(doctorText({ ...found, problems: [] })).toMatch(/nothing is wrong as far as this can see$/);
});

test('a folder that cannot be written to is a problem', async () => {
  const file = join(await temporaryFolder(), 'file');
  await writeFile(file, '');
  const path = join(file, 'cache');
  process.env.FEWMASK_CACHE = path;
  const { folders, problems } = await doctor();
  expect(folders.cache.writable).toBe(false);
  expect(problems).toContain(`the cache folder ${path} cannot be written to`);
});

test('of the environment no secret is told, nor what is of no use here', () => {
  const environment = {
    ...{ HF_TOKEN: 'hf_abc', npm_config__authToken: 'x', HTTPS_PROXY: 'http://me:secret@proxy:80/' },
    ...{ FEWMASK_CACHE: '/cache', SLURM_JOB_ID: '7', HOME: '/home/me', PATH: '/bin' },
  };
  expect(environmentHere(environment)).toEqual({
    ...{ FEWMASK_CACHE: '/cache', HF_TOKEN: '(set)', HTTPS_PROXY: 'http://proxy:80/' },
    ...{ SLURM_JOB_ID: '7', npm_config__authToken: '(set)' },
  });
});

test.each([
  ['v20.18.3', true],
  ['v18.20.0', true],
  ['v20.19.0', false],
  ['v20.20.1', false],
  ['v22.0.0', false],
])('Node.js %s is too old: %s', (version, old) => {
  const told = old ? `Node.js ${version} is older than 20.19` : undefined;
  expect(oldNode(version, '>=20.19')).toBe(told);
});
