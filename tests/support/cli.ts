import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

const bin = fileURLToPath(new URL('../../bin/fewmask.js', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Starts the built program and waits for its end.
 *
 * @param interrupt when this matches what it says on its error stream, it gets SIGINT, once
 */
export function fewmask(args: readonly string[], cwd?: string, interrupt?: RegExp): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    let waiting = interrupt;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      if (!waiting?.test(stderr)) return;
      waiting = undefined;
      child.kill('SIGINT');
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Runs it and expects it to refuse, in one line and without a stack; returns the line. */
export async function complaint(args: readonly string[], cwd?: string): Promise<string> {
  const { code, stdout, stderr } = await fewmask(args, cwd);
  expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: '' });
  expect(stderr).not.toMatch(/^ +at /m);
  expect(stderr).toMatch(/^fewmask: (.+: got .+, expected .+|.+; see --help)\n$/);
  return stderr.trimEnd();
}
