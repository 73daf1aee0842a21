import { UserError } from '../core/errors.ts';
import { type Listener, warn } from '../core/events.ts';
import { withoutNames } from '../npm/npm.node.ts';
import type { LoggedRun, LoggedSetting, Outcome, RunLog, Scalars } from './run-log.ts';

/** A server of MLflow, by its REST interface. */
export interface MlflowServer {
  readonly address: string;
  readonly experiment: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The server that MLflow's own variables name: `MLFLOW_TRACKING_URI`, `MLFLOW_EXPERIMENT_NAME`, and `MLFLOW_TRACKING_TOKEN` or
 * `MLFLOW_TRACKING_USERNAME` and `.._PASSWORD`.
 *
 * @throws UserError if no address of a server is set
 */
export function mlflowServer(environment: NodeJS.ProcessEnv): MlflowServer {
  const address = environment.MLFLOW_TRACKING_URI?.trim() ?? '';
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    throw new UserError({
      what: 'MLFLOW_TRACKING_URI',
      got: address === '' ? 'nothing' : `"${withoutNames(address)}"`,
      expected: 'the address of a server of MLflow, such as http://localhost:5000',
      fix: 'start one with: mlflow server; and set the variable in the environment',
    });
  }
  const { MLFLOW_TRACKING_TOKEN: token, MLFLOW_TRACKING_USERNAME: user } = environment;
  const password = environment.MLFLOW_TRACKING_PASSWORD ?? '';
  const authorization = token
    ? `Bearer ${token}`
    : user && `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return {
    address: address.replace(/\/+$/, ''),
    experiment: environment.MLFLOW_EXPERIMENT_NAME?.trim() || 'fewmask',
    headers: authorization ? { authorization } : {},
  };
}

/** Most that MLflow takes in one call. */
const MOST_METRICS = 1000;
const MOST_PARAMS = 100;
const MOST_CHARACTERS = 500;
/** How long numbers are gathered before they are sent, and a call may take, in ms. */
const GATHERING = 2000;
const SILENCE = 10_000;

interface Metric {
  readonly key: string;
  readonly value: number;
  readonly step: number;
  readonly timestamp: number;
}

/** A run of MLflow, told over the network, in order, beside the work. The first call that fails is told, and the last. */
export class MlflowLog implements RunLog {
  readonly #server: MlflowServer;
  readonly #listener: Listener;
  readonly #name: string;
  /** The run's number there; undefined where it could not be made. */
  readonly #id: Promise<string | undefined>;
  #metrics: Metric[] = [];
  #timer: NodeJS.Timeout | undefined;
  #last: Promise<unknown>;
  #failures = 0;

  constructor({ name, parent }: LoggedRun, server: MlflowServer, listener: Listener) {
    this.#server = server;
    this.#listener = listener;
    this.#name = name;
    this.#id = this.#create(parent instanceof MlflowLog ? parent.#id : Promise.resolve(undefined));
    this.#last = this.#id;
  }

  begin(settings: Readonly<Record<string, LoggedSetting>>): void {
    const params = Object.entries(settings).map(([key, value]) => ({
      key: keyOf(key),
      value: String(value).slice(0, MOST_CHARACTERS),
    }));
    for (let at = 0; at < params.length; at += MOST_PARAMS)
      this.#queue('log-batch', { params: params.slice(at, at + MOST_PARAMS) });
  }

  scalars(step: number, values: Scalars): void {
    const timestamp = Date.now();
    for (const [key, value] of Object.entries(values))
      this.#metrics.push({ key: keyOf(key), value, step, timestamp });
    if (this.#metrics.length >= MOST_METRICS) this.#send();
    this.#timer ??= setTimeout(() => this.#send(), GATHERING).unref();
  }

  /** Pictures are in the run's folder: the interface for files depends on where the server keeps them. */
  image(): void {}

  async end(outcome: Outcome): Promise<void> {
    this.#send();
    const status = { done: 'FINISHED', stopped: 'KILLED', failed: 'FAILED' }[outcome];
    this.#queue('update', { status, end_time: Date.now() });
    await this.#last;
    if (this.#failures > 0) warn(this.#listener, `MLflow: ${this.#failures} calls failed for ${this.#name}`);
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const metrics = this.#metrics;
    this.#metrics = [];
    for (let at = 0; at < metrics.length; at += MOST_METRICS)
      this.#queue('log-batch', { metrics: metrics.slice(at, at + MOST_METRICS) });
  }

  #queue(what: string, content: object): void {
    this.#last = this.#last.then(async () => {
      const run_id = await this.#id;
      if (run_id !== undefined)
        await this.#attempt(() => this.#call('POST', `runs/${what}`, { run_id, ...content }));
    });
  }

  async #create(parent: Promise<string | undefined>): Promise<string | undefined> {
    return this.#attempt(async () => {
      const within = await parent;
      const tags = [
        { key: 'mlflow.source.name', value: 'fewmask' },
        ...(within === undefined ? [] : [{ key: 'mlflow.parentRunId', value: within }]),
      ];
      const content = {
        experiment_id: await this.#experiment(),
        ...{ run_name: this.#name, start_time: Date.now(), tags },
      };
      const { run } = (await this.#call('POST', 'runs/create', content)) as {
        readonly run: { readonly info: { readonly run_id: string } };
      };
      return run.info.run_id;
    });
  }

  async #experiment(): Promise<string> {
    const { experiment: name } = this.#server;
    const query = `experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`;
    const found = (await this.#call('GET', query).catch(() => undefined)) as
      | { readonly experiment: { readonly experiment_id: string } }
      | undefined;
    if (found) return found.experiment.experiment_id;
    const made = (await this.#call('POST', 'experiments/create', { name })) as {
      readonly experiment_id: string;
    };
    return made.experiment_id;
  }

  async #attempt<Result>(call: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await call();
    } catch (error) {
      if (this.#failures++ === 0)
        warn(this.#listener, `MLflow: ${withoutNames((error as Error).message)}; the run goes on without`);
      return undefined;
    }
  }

  async #call(method: 'GET' | 'POST', path: string, content?: object): Promise<unknown> {
    const { address, headers } = this.#server;
    const response = await fetch(`${address}/api/2.0/mlflow/${path}`, {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      ...(content && { body: JSON.stringify(content) }),
      signal: AbortSignal.timeout(SILENCE),
    });
    if (!response.ok) throw new Error(`${address} answers ${response.status} to ${path}`);
    return response.json();
  }
}

/** Letters, digits and some signs. */
const keyOf = (name: string): string => name.replaceAll(/[^\w./ -]/g, '_');
