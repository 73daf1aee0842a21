import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { bin } from '../support/cli.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

/** Of util-linux: runs a command in a terminal of its own. */
const SCRIPT = '/usr/bin/script';

const root = await temporaryFolder();
const { settings } = await tinySettings(root);
const { data, encoder, decoderChannels } = settings;
const flags = {
  ...{ data, encoder, 'decoder-channels': decoderChannels.join(), size: 32, batch: 2, threads: 1 },
  ...{ patience: 0, recipe: 'classic' },
};

const train = (out: string, epochs: number) => [
  ...[process.execPath, bin, 'train', '--no-pictures', '--out', out, '--epochs', `${epochs}`],
  ...Object.entries(flags).flatMap(([key, value]) => [`--${key}`, `${value}`]),
];

const summaryOf = async (out: string) =>
  JSON.parse(await readFile(join(out, 'summary.json'), 'utf8')) as { interrupted: boolean };

const rowsIn = (out: string) => expect.poll(() => existsSync(join(out, 'results.csv')), { timeout: 60_000 });

test.skipIf(process.platform === 'win32')(
  'a run that prints into a file goes on where its session ends',
  async () => {
    const out = join(root, 'nohup');
    const file = openSync(`${out}.log`, 'w');
    const [command, ...args] = train(out, 30);
    const child = spawn(command, args, { stdio: ['ignore', file, file] });
    closeSync(file);
    const ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve(signal ?? code)));
    await rowsIn(out).toBe(true);
    child.kill('SIGHUP');
    expect(await ended).toBe(0);
    expect((await summaryOf(out)).interrupted).toBe(false);
  },
);

/** What comes of a command that prints into pipes, and gets the signals of a lost connection. */
async function hungUp(command: readonly string[], whenReady: (printed: () => string) => Promise<void>) {
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => {
      printed += `${text}`;
    });
  const ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve(signal ?? code)));
  await whenReady(() => printed);
  for (const signal of ['SIGHUP', 'SIGHUP', 'SIGTERM'] as const) {
    child.kill(signal);
    await wait(5);
  }
  return { ended: await ended, printed };
}

test.skipIf(process.platform === 'win32')(
  'a run that prints to somebody is saved where the session ends, however often that is told',
  async () => {
    const out = join(root, 'pipe');
    const { ended } = await hungUp(train(out, 1000), () => rowsIn(out).toBe(true));
    expect(ended).toBe(130);
    expect((await summaryOf(out)).interrupted).toBe(true);
  },
);

test.skipIf(process.platform === 'win32')('a served page is closed as it should be', async () => {
  const serve = [process.execPath, bin, 'serve', data, '--port', '0', '--runs', join(root, 'runs')];
  const { printed } = await hungUp(serve, (soFar) =>
    expect.poll(soFar, { timeout: 60_000 }).toMatch(/Ctrl-C ends it/),
  );
  // Signals end it where they come later.
  expect(printed).toMatch(/ended\n$/);
});

test.runIf(process.platform === 'linux' && existsSync(SCRIPT))(
  'a run whose terminal is closed is saved',
  async () => {
    const out = join(root, 'terminal');
    const run = train(out, 1000)
      .map((word) => `'${word}'`)
      .join(' ');
    // What has a terminal of its own, which goes with it.
    const terminal = spawn(SCRIPT, ['-qc', run, '/dev/null'], {
      stdio: 'ignore',
    });
    await rowsIn(out).toBe(true);
    terminal.kill('SIGKILL');
    await expect.poll(() => existsSync(join(out, 'summary.json')), { timeout: 60_000 }).toBe(true);
    expect((await summaryOf(out)).interrupted).toBe(true);
    expect(existsSync(join(out, 'state.safetensors'))).toBe(true);
  },
);
