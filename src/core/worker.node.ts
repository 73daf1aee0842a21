import { Worker } from 'node:worker_threads';
import { UserError } from './errors.ts';

/**
 * Starts a worker thread from its source name: `startWorker(new URL('./x.worker.node.ts', import.meta.url))`.
 * Built code runs the `.js` file beside it; source code runs the `.ts` file, compiled by tsx on the way. Tests run from
 * source, but with FEWMASK_WORKERS=built their threads do not, which start in a third of the time.
 */
export function startWorker(url: URL, workerData?: unknown): Worker {
  const source = url.href.replace(/\.ts$/, '.js');
  // Not the process's own arguments: `node --input-type=module -e ..` would refuse a file.
  const runBuilt = (file: string) => new Worker(new URL(file), { execArgv: [], workerData });
  if (import.meta.url.endsWith('.js')) return runBuilt(source);
  if (process.env.FEWMASK_WORKERS === 'built')
    return runBuilt(source.replace(here('../'), here('../../dist/')));
  // `--import tsx` does nothing in a worker thread: tsx must be registered from inside.
  const compiler = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const start = `import(${compiler}).then((tsx) => { tsx.register(); return import(${JSON.stringify(url.href)}); })`;
  return new Worker(start, { eval: true, execArgv: [], workerData });
}

const here = (path: string) => new URL(path, import.meta.url).href;

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
