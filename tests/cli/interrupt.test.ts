import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { goesNowhere, onInterrupt } from '../../src/cli/interrupt.node.ts';
import { Progress } from '../../src/cli/progress.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();

/** What comes of signals, the first of which finds something that could be lost, or nothing. */
function after(isNeeded: boolean, ...signals: readonly NodeJS.Signals[]) {
  const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
  const progress = new Progress({ write: () => {} });
  const { signal, release } = onInterrupt(progress, { isNeeded: () => isNeeded, told: 'stopping' });
  for (const each of signals) process.emit(each, each);
  release();
  const ended = kill.mock.calls.map(([, by]) => by);
  kill.mockRestore();
  return { stops: signal.aborted, ended };
}

test('the first signal asks to stop, the second ends the program; the first, too, where nothing is to be lost', () => {
  expect(after(true, 'SIGINT')).toEqual({ stops: true, ended: [] });
  expect(after(true, 'SIGINT', 'SIGTERM')).toEqual({ stops: true, ended: ['SIGTERM'] });
  expect(after(false, 'SIGINT')).toEqual({ stops: false, ended: ['SIGINT'] });
});

test.skipIf(goesNowhere([1, 2]))('the end of a session counts once, however often it is told', () => {
  expect(after(true, 'SIGHUP', 'SIGHUP', 'SIGTERM', 'SIGHUP')).toEqual({ stops: true, ended: [] });
  expect(after(true, 'SIGTERM', 'SIGHUP')).toEqual({ stops: true, ended: [] });
  expect(after(true, 'SIGHUP', 'SIGTERM', 'SIGTERM')).toEqual({ stops: true, ended: ['SIGTERM'] });
  expect(after(true, 'SIGHUP', 'SIGINT')).toEqual({ stops: true, ended: ['SIGINT'] });
});

test('output to files goes nowhere, that to a pipe to somebody who may be gone', () => {
  const [file, nothing] = [openSync(join(root, 'log'), 'w'), openSync(devNull, 'w')];
  expect([goesNowhere([file, file]), goesNowhere([nothing, file])]).toEqual([true, true]);
  closeSync(nothing);
  closeSync(file);
});
