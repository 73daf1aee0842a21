import { type Context, Hono } from 'hono';
import type { Sample } from '../data/folders/sample.ts';
import type { LabelMap } from '../data/masks/labelling.ts';
import { IMAGE_HEADERS, MASK_HEADERS, MOST_MASK_BYTES, READ_ONLY } from './api.ts';
import { ofImage, ofRun } from './asked-for.node.ts';
import { atMost, bodyOf } from './bodies.node.ts';
import type { Dataset } from './dataset.node.ts';
import { readEdited, saveEdited } from './masks.node.ts';
import { pictureFor } from './pictures.node.ts';
import type { Predicted } from './predicted.node.ts';
import { type Samples, samplesOf } from './samples.node.ts';
import type { Thumbnails } from './thumbnails.node.ts';
import type { Trainings } from './trainings.node.ts';

/** Images, their masks, and what networks make of them. */
export function imageRoutes(
  dataset: Dataset,
  thumbnails: Thumbnails,
  trainings: Trainings,
  predicted: Predicted,
): Hono {
  const routes = new Hono();
  routes.get('/api/dataset', async (context) => {
    await dataset.refresh();
    return context.json(dataset.view());
  });
  routes.get(
    '/api/thumbnail',
    ofImage(dataset, async (context, sample) =>
      context.body(bodyOf(await thumbnails.of(sample.image, dataset.pixels)), 200, {
        'content-type': 'image/webp',
      }),
    ),
  );
  routes.get(
    '/api/image',
    ofImage(dataset, async (context, sample) => {
      const { bytes, type, deep } = await pictureFor(sample.image, dataset.pixels);
      return context.body(bodyOf(bytes), 200, { 'content-type': type, [IMAGE_HEADERS.deep]: `${deep}` });
    }),
  );
  routes.get(
    '/api/samples',
    ofImage(dataset, async (context, sample) =>
      samplesAs(context, await samplesOf(sample.image, dataset.pixels)),
    ),
  );
  routes.get(
    '/api/mask',
    ofImage(dataset, async (context, sample) => {
      const mask = await readEdited(dataset, sample);
      return labelsAs(context, mask, { etag: `"${mask.version}"` });
    }),
  );
  routes.get(
    '/api/prediction',
    ofImage(dataset, (context, sample) =>
      ofRun(trainings, async (_, folder) =>
        labelsAs(context, await predicted.labels(folder, sample, context.req.raw.signal)),
      )(context),
    ),
  );
  routes.put(
    '/api/mask',
    atMost(MOST_MASK_BYTES),
    ofImage(dataset, (context, sample) => saved(context, dataset, sample)),
  );
  return routes;
}

function labelsAs(context: Context, map: LabelMap, more: Readonly<Record<string, string>> = {}): Response {
  const { width, height, planes } = MASK_HEADERS;
  return context.body(bodyOf(map.data), 200, {
    ...{ 'content-type': 'application/octet-stream', ...more },
    ...{ [width]: `${map.width}`, [height]: `${map.height}`, [planes]: `${map.planes}` },
  });
}

function samplesAs(context: Context, { data, black, white, ...about }: Samples): Response {
  const facts = { ...about, black, white };
  const told = Object.entries(facts).map(([name, value]) => [
    IMAGE_HEADERS[name as keyof typeof facts],
    value,
  ]);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return context.body(bodyOf(bytes), 200, {
    'content-type': 'application/octet-stream',
    ...Object.fromEntries(told.map(([name, value]) => [name, `${value}`])),
  });
}

async function saved(context: Context, dataset: Dataset, sample: Sample): Promise<Response> {
  const readOnly = dataset.whyReadOnly(sample);
  if (readOnly) return context.json({ problem: READ_ONLY[readOnly] }, 409);
  const version = /^"(.+)"$/.exec(context.req.header('if-match') ?? '')?.[1];
  if (version === undefined) return context.json({ problem: 'no version: send If-Match' }, 428);
  const labels = new Uint8Array(await context.req.arrayBuffer());
  const result = await saveEdited(dataset, sample, labels, version);
  if (!('conflict' in result)) return context.json(result);
  const problem = `this mask was changed elsewhere; what you painted is kept in ${result.kept}`;
  return context.json({ problem }, 412);
}
