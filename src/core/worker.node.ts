import { Worker } from 'node:worker_threads';

/**
 * Starts a worker thread from its source name: `startWorker(new URL('./x.worker.node.ts', import.meta.url))`.
 * Built code runs the `.js` file beside it; source code runs the `.ts` file, compiled by tsx on the way.
 */
export function startWorker(url: URL, workerData?: unknown): Worker {
  if (import.meta.url.endsWith('.js')) {
    return new Worker(new URL(url.href.replace(/\.ts$/, '.js')), { workerData });
  }
  // `--import tsx` does nothing in a worker thread: tsx must be registered from inside.
  const compiler = import.meta.resolve('tsx/esm/api');
  const start = `import('${compiler}').then((tsx) => { tsx.register(); return import('${url.href}'); })`;
  return new Worker(start, { eval: true, execArgv: [], workerData });
}
