import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs a program to its end; what it throws holds what the program said. */
export const runProgram = promisify(execFile);
