import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs a program to its end; what it throws holds what the program said. */
export const runProgram = promisify(execFile);

/** `--name value` for each setting that is given. */
export function flagsFor(settings: Readonly<Record<string, string | number | undefined>>): string[] {
  return Object.entries(settings)
    .filter(([, value]) => value !== undefined)
    .flatMap(([name, value]) => [`--${name}`, `${value}`]);
}
