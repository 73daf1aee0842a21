import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { appOf } from '../../src/serve/app.node.ts';
import { Dataset } from '../../src/serve/dataset.node.ts';
import { LabNetworks } from '../../src/serve/lab-networks.node.ts';
import { Networks } from '../../src/serve/networks.node.ts';
import { PageFiles } from '../../src/serve/page-files.node.ts';
import { Questions } from '../../src/serve/questions.node.ts';
import { Queue } from '../../src/serve/queue.node.ts';
import { type ReadingSettings, readingSchema } from '../../src/serve/settings.ts';
import { Thumbnails } from '../../src/serve/thumbnails.node.ts';
import { type Train, Trainings } from '../../src/serve/trainings.node.ts';

const HOST = '127.0.0.1:4317';
const ORIGIN = `http://${HOST}`;
const TOKEN = 'the-token';

export const neverTrains: Train = () => Promise.reject(new Error('no training here'));

/** A page of one file, and what answers for a data folder. */
export async function serving(
  data: string,
  scratch: string,
  train: Train = neverTrains,
  reading: Partial<ReadingSettings> = {},
): Promise<{ app: Hono; dataset: Dataset; trainings: Trainings; questions: Questions; networks: Networks }> {
  await mkdir(join(scratch, 'page'), { recursive: true });
  await writeFile(join(scratch, 'page', 'index.html'), '<!doctype html><title>page</title>');
  const page = await PageFiles.read(join(scratch, 'page'));
  const dataset = await Dataset.open(data, readingSchema.parse(reading));
  const queue = new Queue();
  const trainings = new Trainings(join(scratch, 'runs'), queue, {
    data: dataset.root,
    encoder: join(scratch, 'encoder.safetensors'),
    train,
  });
  const guard = { hosts: new Set([HOST]), port: 4317, token: TOKEN };
  const thumbnails = new Thumbnails(join(scratch, 'thumbnails'));
  const questions = new Questions(dataset, trainings, queue);
  const networks = new Networks();
  const labNetworks = new LabNetworks(join(scratch, 'runs'), dataset.pixels);
  return {
    app: appOf({ dataset, thumbnails, trainings, questions, networks, labNetworks, page }, guard),
    ...{ dataset, trainings, questions, networks },
  };
}

/** Headers of the page's own requests; `null` takes one away. */
export function headers(changes: Readonly<Record<string, string | null>> = {}): Record<string, string> {
  const usual = {
    host: HOST,
    origin: ORIGIN,
    cookie: `fewmask-4317=${TOKEN}`,
    'sec-fetch-site': 'same-origin',
  };
  return Object.fromEntries(
    Object.entries({ ...usual, ...changes }).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}

export const linkWith = (token = TOKEN): string => `/?token=${token}`;
