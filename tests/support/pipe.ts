import { execFileSync } from 'node:child_process';

/** Makes a named pipe, which Node alone cannot. */
export function makePipe(path: string): void {
  execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', path]);
}
