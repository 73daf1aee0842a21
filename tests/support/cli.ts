import { spawn } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

export const bin = fileURLToPath(new URL('../../bin/fewmask.js', import.meta.url));

export interface Finished {
  /** Null if a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Starts the built program and waits for its end.
 *
 * @param interrupts whenever the next of these matches what it has said on its error stream, it gets SIGINT
 */
export function fewmask(args: readonly string[], cwd?: string, ...interrupts: RegExp[]): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      if (!interrupts[0]?.test(stderr)) return;
      interrupts.shift();
      child.kill('SIGINT');
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** Starts the built program and kills it without warning as soon as a condition holds. */
export async function fewmaskKilled(
  args: readonly string[],
  cwd: string,
  condition: () => Promise<boolean>,
): Promise<NodeJS.Signals | null> {
  const child = spawn(process.execPath, [bin, ...args], { cwd, stdio: 'ignore' });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => {
    child.on('close', (_, signal) => resolve(signal));
  });
  while (child.exitCode === null && !(await condition())) await setTimeout(2);
  child.kill('SIGKILL');
  return ended;
}

/** Runs it and expects it to refuse, in one line and without a stack; returns the line. */
export async function complaint(args: readonly string[], cwd?: string): Promise<string> {
  const { code, stdout, stderr } = await fewmask(args, cwd);
  expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: '' });
  expect(stderr).not.toMatch(/^ +at /m);
  // What was found in the data may be told before.
  const said = stderr.replace(/^masks: .*\n/, '');
  expect(said).toMatch(/^fewmask: (.+: got .+, expected .+|.+; see --help)\n$/);
  return said.trimEnd();
}
