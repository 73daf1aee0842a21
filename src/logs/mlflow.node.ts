import { link, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unescape as decoded } from 'node:querystring';
import { UserError } from '../core/errors.ts';
import { type Listener, warn } from '../core/events.ts';
import { besidePath } from '../core/files.node.ts';
import { withoutNames } from '../npm/npm.node.ts';
import { RUN } from '../records/entries.ts';
import { expectEntry, readEntry, writeEntry } from '../records/entry.node.ts';
import type { LoggedRun, LoggedSetting, Outcome, RunLog, Scalars } from './run-log.ts';

/** A server of MLflow, by its REST interface. */
export interface MlflowServer {
  readonly address: string;
  readonly experiment: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How long a call may take, in ms. */
  readonly silence: number;
}

/**
 * The server that MLflow's own variables name: `MLFLOW_TRACKING_URI`, `MLFLOW_EXPERIMENT_NAME`, and `MLFLOW_TRACKING_TOKEN` or
 * `MLFLOW_TRACKING_USERNAME` and `.._PASSWORD`; or user and password in the address.
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
  const url = new URL(address);
  const own = { user: decoded(url.username), password: decoded(url.password) };
  const { MLFLOW_TRACKING_TOKEN: token, MLFLOW_TRACKING_USERNAME } = environment;
  const { user, password } = MLFLOW_TRACKING_USERNAME
    ? { user: MLFLOW_TRACKING_USERNAME, password: environment.MLFLOW_TRACKING_PASSWORD ?? '' }
    : own;
  const authorization = token
    ? `Bearer ${token}`
    : user && `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return {
    address: addressOf(url),
    experiment: environment.MLFLOW_EXPERIMENT_NAME?.trim() || 'fewmask',
    headers: authorization ? { authorization } : {},
    silence: 10_000,
  };
}

/** Most that MLflow takes in one call. */
const MOST_METRICS = 1000;
const MOST_PARAMS = 100;
const MOST_CHARACTERS = 500;
/** How long numbers are gathered before they are sent, in ms. */
const GATHERING = 2000;

interface Metric {
  readonly key: string;
  readonly value: number;
  readonly step: number;
  readonly timestamp: number;
}

/**
 * A run of MLflow, told over the network, in order, beside the work. Its number is kept in the folder, so that what goes on after a
 * stop, and what other processes make of the same study, comes into the same run. The first call that fails is told, and the last.
 */
export class MlflowLog implements RunLog {
  readonly #server: MlflowServer;
  readonly #listener: Listener;
  readonly #name: string;
  readonly #folder: string;
  /** Whether the run was there already, with its settings. */
  #continued = false;
  /** The run's number there; undefined where it could not be made. */
  readonly #id: Promise<string | undefined>;
  #metrics: Metric[] = [];
  /** Whether what is gathered is to be sent, or being sent. */
  #gathering = false;
  #last: Promise<unknown>;
  #failures = 0;
  #finished = false;

  constructor({ name, folder, parent }: LoggedRun, server: MlflowServer, listener: Listener) {
    this.#server = server;
    this.#listener = listener;
    this.#name = name;
    this.#folder = folder;
    this.#id = this.#open(parent instanceof MlflowLog ? parent.#id : Promise.resolve(undefined));
    this.#last = this.#id;
  }

  begin(settings: Readonly<Record<string, LoggedSetting>>): void {
    const params = Object.entries(settings).map(([key, value]) => ({
      key: keyOf(key),
      value: String(value).slice(0, MOST_CHARACTERS),
    }));
    this.#queue(async () => {
      if ((await this.#id) === undefined || this.#continued) return;
      for (let at = 0; at < params.length; at += MOST_PARAMS)
        await this.#tell('log-batch', { params: params.slice(at, at + MOST_PARAMS) });
    });
  }

  scalars(step: number, values: Scalars): void {
    const timestamp = Date.now();
    for (const [key, value] of Object.entries(values))
      this.#metrics.push({ key: keyOf(key), value, step, timestamp });
    this.#gather();
  }

  /** Pictures are in the run's folder: the interface for files depends on where the server keeps them. */
  image(): void {}

  done(): void {
    this.#finish('done');
  }

  async end(outcome: Outcome | undefined): Promise<void> {
    this.#finish(outcome);
    await this.#last;
    if (this.#failures > 0) warn(this.#listener, `MLflow: ${this.#failures} calls failed for ${this.#name}`);
  }

  #finish(outcome: Outcome | undefined): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#queue(() => this.#sendGathered());
    const status = outcome && { done: 'FINISHED', stopped: 'KILLED', failed: 'FAILED' }[outcome];
    if (status) this.#queue(() => this.#tell('update', { status, end_time: Date.now() }));
  }

  /** What is gathered while a call is under way goes with the next one: a slow server makes few calls, not a long queue. */
  #gather(): void {
    if (this.#gathering || this.#finished) return;
    this.#gathering = true;
    const send = async () => {
      await this.#sendGathered();
      this.#gathering = false;
      if (this.#metrics.length > 0) this.#gather();
    };
    setTimeout(() => this.#queue(send), GATHERING).unref();
  }

  async #sendGathered(): Promise<void> {
    const metrics = this.#metrics;
    this.#metrics = [];
    for (let at = 0; at < metrics.length; at += MOST_METRICS)
      if (!(await this.#tell('log-batch', { metrics: metrics.slice(at, at + MOST_METRICS) }))) return;
  }

  #queue(work: () => Promise<unknown>): void {
    this.#last = this.#last.then(work);
  }

  /** Whether the server took it. */
  async #tell(what: string, content: object): Promise<boolean> {
    const run_id = await this.#id;
    if (run_id === undefined) return false;
    const answer = await this.#attempt(() => this.#call('POST', `runs/${what}`, { run_id, ...content }));
    return answer !== undefined;
  }

  async #open(parent: Promise<string | undefined>): Promise<string | undefined> {
    return this.#attempt(async () => {
      const kept = await readEntry(this.#folder, RUN.mlflow);
      if (kept && isSameAddress(kept.server, this.#server.address) && (await this.#isThere(kept.run_id)))
        return kept.run_id;
      const made = await this.#create(await parent);
      const own = { server: this.#server.address, run_id: made };
      if (kept) await writeEntry(this.#folder, RUN.mlflow, own);
      else if (!(await this.#isFirst(own))) {
        // Another process has made one at the same time.
        await this.#call('POST', 'runs/delete', { run_id: made });
        this.#continued = true;
        return (await expectEntry(this.#folder, RUN.mlflow)).run_id;
      }
      return made;
    });
  }

  /** Goes on with a run of the server, if it has that one still. */
  async #isThere(run_id: string): Promise<boolean> {
    const going = this.#call('POST', 'runs/update', { run_id, status: 'RUNNING' });
    this.#continued = await going.then(
      () => true,
      () => false,
    );
    return this.#continued;
  }

  /** Keeps the number of a run, unless the folder has one. */
  async #isFirst(own: { readonly server: string; readonly run_id: string }): Promise<boolean> {
    const path = join(this.#folder, RUN.mlflow.name);
    const beside = besidePath(path);
    const text = RUN.mlflow.write(own);
    try {
      await writeFile(beside, text);
      // Unlike a move, it fails where something is. Not all file systems have such links.
      await link(beside, path).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') throw error;
        return writeFile(path, text, { flag: 'wx' });
      });
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code !== 'EEXIST';
    } finally {
      await rm(beside, { force: true });
    }
  }

  async #create(parent: string | undefined): Promise<string> {
    const tags = [
      { key: 'mlflow.source.name', value: 'fewmask' },
      ...(parent === undefined ? [] : [{ key: 'mlflow.parentRunId', value: parent }]),
    ];
    const content = {
      experiment_id: await this.#experiment(),
      ...{ run_name: this.#name, start_time: Date.now(), tags },
    };
    const { run } = (await this.#call('POST', 'runs/create', content)) as {
      readonly run: { readonly info: { readonly run_id: string } };
    };
    return run.info.run_id;
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
    const { address, headers, silence } = this.#server;
    const response = await fetch(`${address}/api/2.0/mlflow/${path}`, {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      ...(content && { body: JSON.stringify(content) }),
      signal: AbortSignal.timeout(silence),
    });
    if (!response.ok) throw new Error(`${address} answers ${response.status} to ${path}`);
    return response.json();
  }
}

/** However they are spelt. */
const isSameAddress = (one: string, other: string): boolean =>
  URL.canParse(one) && addressOf(new URL(one)) === addressOf(new URL(other));

/** Without name and password. */
function addressOf(url: URL): string {
  const bare = Object.assign(new URL(url), { username: '', password: '' });
  return bare.href.replace(/\/+$/, '');
}

/** Letters and digits of all scripts, and some signs. */
const keyOf = (name: string): string => name.replaceAll(/[^\p{L}\p{N}_./ -]/gu, '_');
