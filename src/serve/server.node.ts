import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { serve as listen } from '@hono/node-server';
import { UserError } from '../core/errors.ts';
import { type Listener, warn } from '../core/events.ts';
import { parseSettings } from '../settings/parse.ts';
import { appOf } from './app.node.ts';
import { Dataset } from './dataset.node.ts';
import { newToken } from './guard.node.ts';
import { hostsOf, isLoopback, namesOf } from './hosts.node.ts';
import { LabNetworks } from './lab-networks.node.ts';
import { Networks } from './networks.node.ts';
import { PAGE, PageFiles } from './page-files.node.ts';
import { Questions } from './questions.node.ts';
import { Queue } from './queue.node.ts';
import { type ServeOptions, serveSchema } from './settings.ts';
import { Thumbnails } from './thumbnails.node.ts';
import { type Train, Trainings } from './trainings.node.ts';

/** A page that is served. */
export interface Serving {
  /** The link to it, with the token that gives access. */
  readonly link: string;
  /** Ends it; what trains is stopped, its state saved. */
  close(): Promise<void>;
}

/** Slow ones are ended: a request must be whole after so long, in ms. */
const PATIENCE = { headersTimeout: 10_000, requestTimeout: 120_000, keepAliveTimeout: 5_000 };

/**
 * Serves a data folder as a page to label, train and look.
 *
 * @param train what trains
 *
 * @throws UserError for a folder or a port that cannot be used
 */
export async function startServer(
  options: ServeOptions,
  train: Train,
  context: Listener = {},
): Promise<Serving> {
  const { data, host, port, runs, encoder, ...reading } = parseSettings(serveSchema, options);
  const dataset = await Dataset.open(data, reading, context);
  const page = await PageFiles.read(PAGE, context);
  if (!isLoopback(host))
    warn(
      context,
      `the page is open to other machines on ${host}: whoever has the link can read and change ${data}, and nothing is encrypted`,
    );
  const token = newToken();
  const hosts = new Set<string>();
  const guard = { hosts, token, port };
  const queue = new Queue();
  const trainings = new Trainings(resolve(runs), queue, { data: dataset.root, encoder, reading, train });
  const questions = new Questions(dataset, trainings, queue);
  const networks = new Networks();
  const labNetworks = new LabNetworks(resolve(runs), dataset.pixels);
  const thumbnails = new Thumbnails();
  const app = appOf({ dataset, thumbnails, trainings, questions, networks, labNetworks, page }, guard);
  const server = await new Promise<Server>((done, reject) => {
    const started = listen({ fetch: app.fetch, hostname: host, port }, () => done(started as Server));
    started.once('error', (error: NodeJS.ErrnoException) => reject(notListening(host, port, error)));
  });
  Object.assign(server, PATIENCE);
  const { port: own } = server.address() as AddressInfo;
  guard.port = own;
  const names = namesOf(host);
  for (const name of hostsOf(names, own)) hosts.add(name);
  return {
    link: `http://${names[0]}:${own}/?token=${token}`,
    close: async () => {
      await Promise.all([trainings.close(), questions.close(), networks.close()]);
      await new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      });
    },
  };
}

function notListening(host: string, port: number, error: NodeJS.ErrnoException): UserError {
  return new UserError({
    what: `--port ${port} on ${host}`,
    got: `an error (${error.code})`,
    expected: 'a free port',
    fix: 'choose another with --port, or 0 for any',
  });
}
