import { type SpawnOptions, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bin } from '../support/cli.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const { settings } = await tinySettings(root);
const { data, encoder, decoderChannels } = settings;
const flags = {
  ...{ data, encoder, 'decoder-channels': decoderChannels.join(), size: 32, batch: 2, threads: 1 },
  patience: 0,
  recipe: 'classic',
};

const train = (name: string, epochs: number) => [
  ...[bin, 'train', '--no-pictures', '--out', join(root, name), '--epochs', `${epochs}`],
  ...Object.entries(flags).flatMap(([key, value]) => [`--${key}`, `${value}`]),
];

const summaryOf = async (name: string) =>
  JSON.parse(await readFile(join(root, name, 'summary.json'), 'utf8')) as { interrupted: boolean };

/** Whether a run has come to its end with all of its files. */
async function expectDone(name: string): Promise<void> {
  expect((await summaryOf(name)).interrupted).toBe(false);
  for (const file of ['test.csv', 'report.html', 'weights/best.safetensors', 'weights/last.safetensors']) {
    expect(existsSync(join(root, name, file)), file).toBe(true);
  }
}

/** Starts a program, does something to it, and waits for its exit code. */
function ended(
  [command, ...args]: readonly string[],
  options: SpawnOptions,
  meddle: (child: ReturnType<typeof spawn>) => void = () => {},
): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, options);
    meddle(child);
    child.on('error', reject);
    child.on('exit', resolve);
  });
}

/** The words of a command for a shell. */
const shell = (words: readonly string[]) => words.map((word) => `'${word}'`).join(' ');

test('a run whose progress nobody reads any more goes on to its end', async () => {
  const code = await ended(
    [process.execPath, ...train('no-stderr', 3)],
    { stdio: ['ignore', 'pipe', 'pipe'] },
    (child) => {
      child.stdout!.resume();
      child.stderr!.destroy();
    },
  );
  expect(code).toBe(0);
  await expectDone('no-stderr');
});

test('a result that nobody reads is told by the exit code, and lies in the folder', async () => {
  const pipeline = `${shell([process.execPath, ...train('head', 3)])} 2>&1 | head -1`;
  expect(await ended(['bash', '-c', `set -o pipefail; ${pipeline}`], { stdio: 'ignore' })).toBe(3);
  await expectDone('head');
});

test('Ctrl-C that ends tee before the run is a Ctrl-C like any other', async () => {
  const out = join(root, 'tee');
  const run = `${shell([process.execPath, ...train('tee', 1000)])} 2>&1; echo $? > '${out}.code'`;
  const pipeline = `trap : INT; (trap : INT; ${run}) | tee '${out}.log'`;
  await ended(['bash', '-c', pipeline], { stdio: 'ignore', detached: true }, async (child) => {
    await expect.poll(() => existsSync(join(out, 'results.csv')), { timeout: 60_000 }).toBe(true);
    process.kill(-child.pid!, 'SIGINT');
  });
  await expect.poll(() => existsSync(`${out}.code`), { timeout: 60_000 }).toBe(true);
  expect((await readFile(`${out}.code`, 'utf8')).trim()).toBe('130');
  expect((await summaryOf('tee')).interrupted).toBe(true);
  expect(existsSync(join(out, 'state.safetensors'))).toBe(true);
});

test.runIf(existsSync('/dev/full'))('a full disk behind what is printed does not end a run', async () => {
  const full = openSync('/dev/full', 'w');
  try {
    expect(await ended([process.execPath, ...train('full', 3)], { stdio: ['ignore', full, full] })).toBe(3);
  } finally {
    closeSync(full);
  }
  await expectDone('full');
});
