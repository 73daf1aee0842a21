import { Worker } from 'node:worker_threads';

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
