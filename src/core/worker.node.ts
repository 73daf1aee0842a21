import { Worker } from 'node:worker_threads';
import { UserError } from './errors.ts';

/**
 * Starts a worker thread from its source name: `startWorker(new URL('./x.worker.node.ts', import.meta.url))`.
 * Built code runs the `.js` file beside it; source code runs the `.ts` file, compiled by tsx on the way.
 */
export function startWorker(url: URL, workerData?: unknown): Worker {
  if (import.meta.url.endsWith('.js')) {
    // Not the process's own arguments: `node --input-type=module -e ..` would refuse a file.
    return new Worker(new URL(url.href.replace(/\.ts$/, '.js')), { execArgv: [], workerData });
  }
  // `--import tsx` does nothing in a worker thread: tsx must be registered from inside.
  const compiler = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const start = `import(${compiler}).then((tsx) => { tsx.register(); return import(${JSON.stringify(url.href)}); })`;
  return new Worker(start, { eval: true, execArgv: [], workerData });
}

/** An error in a form that crosses between threads, where classes are lost. */
export interface PackedError {
  readonly user: boolean;
  readonly message: string;
  readonly stack?: string;
}

export function packError(error: unknown): PackedError {
  if (error instanceof Error) {
    return { user: error instanceof UserError, message: error.message, stack: error.stack };
  }
  return { user: false, message: String(error) };
}

/** The error that `packError` took apart: a UserError again if it was one, else an Error with the first stack. */
export function unpackError(packed: PackedError): Error {
  const error = packed.user
    ? new UserError({ what: packed.message, got: '', expected: '' })
    : new Error(packed.message);
  error.message = packed.message;
  if (packed.stack !== undefined) error.stack = packed.stack;
  return error;
}
