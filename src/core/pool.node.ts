import type { Worker } from 'node:worker_threads';

interface Job<Task, Reply> {
  readonly task: Task;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Gives each task to the next idle worker, first come, first served. A worker gets one task at a time, answers it
 * with one message, and closes its port on the message 'close'. Idle workers do not keep the process alive.
 */
export class WorkerPool<Task, Reply> {
  readonly #idle: Worker[];
  readonly #workers: readonly Worker[];
  readonly #queue: Job<Task, Reply>[] = [];
  readonly #running = new Map<Worker, Job<Task, Reply>>();
  /** Why there is no more work to be had: a worker died, or the pool is closed. */
  #end: Error | undefined;

  constructor(workers: readonly Worker[]) {
    this.#workers = workers;
    this.#idle = [...workers];
    for (const worker of workers) {
      worker.unref();
      worker.on('message', (reply: Reply) => this.#finish(worker, reply));
      worker.on('error', (error) => this.#fail(error));
      worker.on('exit', (code) => this.#fail(new Error(`a worker thread stopped with exit code ${code}`)));
    }
  }

  run(task: Task): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#end) return reject(this.#end);
      this.#queue.push({ task, resolve, reject });
      this.#dispatch();
    });
  }

  /** Waits for the running tasks, rejects those that wait for a worker, and ends the threads. */
  async close(): Promise<void> {
    this.#end ??= new Error('the worker pool is closed');
    for (const job of this.#queue.splice(0)) job.reject(this.#end);
    await Promise.all(this.#workers.map((worker) => stop(worker)));
  }

  #dispatch(): void {
    while (this.#queue.length > 0 && this.#idle.length > 0) {
      const worker = this.#idle.pop()!;
      const job = this.#queue.shift()!;
      this.#running.set(worker, job);
      worker.ref();
      worker.postMessage(job.task);
    }
  }

  #finish(worker: Worker, reply: Reply): void {
    const job = this.#running.get(worker);
    this.#running.delete(worker);
    this.#idle.push(worker);
    worker.unref();
    job?.resolve(reply);
    this.#dispatch();
  }

  #fail(error: Error): void {
    this.#end ??= error;
    for (const job of [...this.#running.values(), ...this.#queue.splice(0)]) job.reject(error);
    this.#running.clear();
  }
}

async function stop(worker: Worker): Promise<void> {
  // A thread that has ended has the id -1, and will not say so again.
  if (worker.threadId < 0) return;
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  worker.ref();
  worker.postMessage('close');
  await ended;
}
