import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { UserError } from '../core/errors.ts';
import type { Sample } from '../data/folders/sample.ts';
import { MASK_HEADERS, MOST_MASK_BYTES } from './api.ts';
import type { Dataset } from './dataset.node.ts';
import { type Guard, guarded, withSafeHeaders } from './guard.node.ts';
import { readEdited, saveEdited } from './masks.node.ts';
import type { PageFiles } from './page-files.node.ts';
import { pictureFor } from './pictures.node.ts';
import type { Thumbnails } from './thumbnails.node.ts';

/** What is served. */
export interface Served {
  readonly dataset: Dataset;
  readonly thumbnails: Thumbnails;
  readonly page: PageFiles;
}

/** What answers the page's requests. Images are named by their stems, which are looked up: no path comes from a request. */
export function appOf({ dataset, thumbnails, page }: Served, guard: Guard): Hono {
  const app = new Hono();
  app.use(withSafeHeaders);
  app.use(guarded(guard));
  const limit = (maxSize: number) =>
    bodyLimit({ maxSize, onError: (context) => context.json({ problem: 'too much' }, 413) });
  const ofImage =
    (work: (context: Context, sample: Sample) => Promise<Response>) => async (context: Context) => {
      const sample = dataset.sample(context.req.query('stem') ?? '');
      return sample ? work(context, sample) : context.json({ problem: 'no such image' }, 404);
    };

  app.get('/api/dataset', async (context) => {
    await dataset.refresh();
    return context.json(dataset.view());
  });
  app.get(
    '/api/thumbnail',
    ofImage(async (context, sample) =>
      context.body(buffer(await thumbnails.of(sample.image)), 200, { 'content-type': 'image/webp' }),
    ),
  );
  app.get(
    '/api/image',
    ofImage(async (context, sample) => {
      const { bytes, type } = await pictureFor(sample.image);
      return context.body(buffer(bytes), 200, { 'content-type': type });
    }),
  );
  app.get(
    '/api/mask',
    ofImage(async (context, sample) => {
      const { width, height, planes, data, version } = await readEdited(sample, dataset.labelling);
      const { width: w, height: h, planes: p } = MASK_HEADERS;
      const headers = { etag: `"${version}"`, [w]: String(width), [h]: String(height), [p]: String(planes) };
      return context.body(buffer(data), 200, { 'content-type': 'application/octet-stream', ...headers });
    }),
  );
  app.put(
    '/api/mask',
    limit(MOST_MASK_BYTES),
    ofImage(async (context, sample) => {
      if (dataset.readOnly !== undefined) return context.json({ problem: dataset.readOnly }, 409);
      const version = /^"(.+)"$/.exec(context.req.header('if-match') ?? '')?.[1];
      if (version === undefined) return context.json({ problem: 'no version: send If-Match' }, 428);
      const labels = new Uint8Array(await context.req.arrayBuffer());
      const saved = await saveEdited(dataset, sample, labels, version);
      if (!('conflict' in saved)) return context.json(saved);
      const problem = `this mask was changed elsewhere; what you painted is kept in ${saved.kept}`;
      return context.json({ problem }, 412);
    }),
  );
  app.get('*', (context) => page.answer(context));
  app.notFound((context) => context.json({ problem: 'no such place' }, 404));
  app.onError((error, context) => {
    if (error instanceof UserError) return context.json({ problem: error.message }, 422);
    console.error(error);
    return context.json({ problem: 'something went wrong in the server; see the terminal' }, 500);
  });
  return app;
}

/** As a body. */
const buffer = (bytes: Uint8Array): ArrayBuffer =>
  bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
