import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { program, withNested } from '../../src/cli/program.node.ts';
import { fewmask } from '../support/cli.ts';
import { expectGolden } from '../support/golden.ts';

const texts = new Map(
  withNested(program()).map((command) => [
    pathOf(command),
    command.configureHelp({ helpWidth: 100 }).helpInformation(),
  ]),
);

/** `data-synth` for `fewmask data synth`. */
function pathOf(command: Command): string {
  const above = command.parent?.parent ? `${pathOf(command.parent)}-` : '';
  return above + command.name();
}

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
