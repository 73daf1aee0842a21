import { type Context, Hono } from 'hono';
import type { Sample } from '../data/folders/sample.ts';
import { MASK_HEADERS, MOST_MASK_BYTES } from './api.ts';
import { atMost, bodyOf } from './bodies.node.ts';
import type { Dataset } from './dataset.node.ts';
import { readEdited, saveEdited } from './masks.node.ts';
import { pictureFor } from './pictures.node.ts';
import type { Thumbnails } from './thumbnails.node.ts';

/** Images and their masks. */
export function imageRoutes(dataset: Dataset, thumbnails: Thumbnails): Hono {
  const routes = new Hono();
  const ofImage =
    (work: (context: Context, sample: Sample) => Promise<Response>) => async (context: Context) => {
      const sample = dataset.sample(context.req.query('stem') ?? '');
      return sample ? work(context, sample) : context.json({ problem: 'no such image' }, 404);
    };
  routes.get('/api/dataset', async (context) => {
    await dataset.refresh();
    return context.json(dataset.view());
  });
  routes.get(
    '/api/thumbnail',
    ofImage(async (context, sample) =>
      context.body(bodyOf(await thumbnails.of(sample.image)), 200, { 'content-type': 'image/webp' }),
    ),
  );
  routes.get(
    '/api/image',
    ofImage(async (context, sample) => {
      const { bytes, type } = await pictureFor(sample.image);
      return context.body(bodyOf(bytes), 200, { 'content-type': type });
    }),
  );
  routes.get(
    '/api/mask',
    ofImage(async (context, sample) => {
      const { width, height, planes, data, version } = await readEdited(sample, dataset.labelling);
      const { width: w, height: h, planes: p } = MASK_HEADERS;
      const headers = { etag: `"${version}"`, [w]: `${width}`, [h]: `${height}`, [p]: `${planes}` };
      return context.body(bodyOf(data), 200, { 'content-type': 'application/octet-stream', ...headers });
    }),
  );
  routes.put(
    '/api/mask',
    atMost(MOST_MASK_BYTES),
    ofImage((context, sample) => saved(context, dataset, sample)),
  );
  return routes;
}

async function saved(context: Context, dataset: Dataset, sample: Sample): Promise<Response> {
  if (dataset.readOnly !== undefined) return context.json({ problem: dataset.readOnly }, 409);
  const version = /^"(.+)"$/.exec(context.req.header('if-match') ?? '')?.[1];
  if (version === undefined) return context.json({ problem: 'no version: send If-Match' }, 428);
  const labels = new Uint8Array(await context.req.arrayBuffer());
  const result = await saveEdited(dataset, sample, labels, version);
  if (!('conflict' in result)) return context.json(result);
  const problem = `this mask was changed elsewhere; what you painted is kept in ${result.kept}`;
  return context.json({ problem }, 412);
}
