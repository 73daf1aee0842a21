import { expect, test } from 'vitest';
import { program } from '../../src/cli/program.node.ts';
import { fewmask } from '../support/cli.ts';
import { expectGolden } from '../support/golden.ts';

const root = program();
const texts = new Map(
  [root, ...root.commands].map((command) => [
    command.name(),
    command.configureHelp({ helpWidth: 100 }).helpInformation(),
  ]),
);

test.each([...texts.keys()])('the help of %s', (name) => {
  expectGolden(`help/${name}.txt`, texts.get(name)!);
});

test('--help and --version are no mistakes', async () => {
  const [help, version] = await Promise.all([fewmask(['study', '--help']), fewmask(['--version'])]);
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help.stdout).toMatch(/^Usage: fewmask study \[options\]\n/);
  expect(version).toMatchObject({ code: 0, stderr: '' });
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
