import { type Context, Hono } from 'hono';
import type { Dataset } from './dataset.node.ts';
import type { Networks } from './networks.node.ts';
import type { Predicted } from './predicted.node.ts';
import { Results } from './results.node.ts';
import { RunImages } from './run-images.node.ts';
import { exportedModel, zippedPredictions } from './take-away.node.ts';
import type { Trainings } from './trainings.node.ts';

/** Finished networks: the table of them, their scores image by image, and what is taken away of them. */
export function lookRoutes(
  dataset: Dataset,
  trainings: Trainings,
  networks: Networks,
  predicted: Predicted,
): Hono {
  const routes = new Hono();
  const results = new Results(trainings);
  const images = new RunImages(dataset, predicted);
  const nameIn = (context: Context) => context.req.query('name') ?? '';
  const ofRun =
    (work: (context: Context, folder: string) => Promise<Response>) => async (context: Context) => {
      const folder = await trainings.folderOf(nameIn(context));
      if (folder === undefined) return context.json({ problem: 'no such training' }, 404);
      return work(context, folder);
    };
  routes.get('/api/look/results', async (context) => context.json(await results.list()));
  routes.get(
    '/api/look/images',
    ofRun(async (context, folder) => context.json(await images.of(folder, nameIn(context)))),
  );
  routes.get(
    '/api/look/numbers',
    ofRun(async (context, folder) => {
      const sample = dataset.sample(context.req.query('stem') ?? '');
      if (!sample) return context.json({ problem: 'no such image' }, 404);
      return context.json(await predicted.numbers(folder, sample, signalOf(context)));
    }),
  );
  routes.get(
    '/look/predictions.zip',
    ofRun((context, folder) => {
      const open = dataset.samples.filter(({ mask }) => mask === undefined);
      const made = zippedPredictions(folder, open, networks, signalOf(context));
      return downloaded(context, made, {
        file: `${nameIn(context)}-predictions.zip`,
        type: 'application/zip',
      });
    }),
  );
  routes.get(
    '/look/model.onnx',
    ofRun((context, folder) => {
      const made = exportedModel(folder, networks, signalOf(context));
      return downloaded(context, made, { file: `${nameIn(context)}.onnx`, type: 'application/octet-stream' });
    }),
  );
  return routes;
}

/** Says when whoever asked has left. */
const signalOf = (context: Context): AbortSignal => context.req.raw.signal;

/**
 * A file that is sent as it is made, no faster than it is taken. What goes wrong before its first bytes is told as an error; later the connection
 * breaks off, so that a part is not taken for the whole.
 */
async function downloaded(
  context: Context,
  chunks: AsyncGenerator<Uint8Array>,
  { file, type }: { readonly file: string; readonly type: string },
): Promise<Response> {
  const first = await chunks.next();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      if (!first.done) controller.enqueue(first.value);
    },
    pull: async (controller) => {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: async () => {
      await chunks.return(undefined);
    },
  });
  const name = file.replaceAll(/[^\w.-]+/g, '-');
  return context.body(body, 200, {
    'content-type': type,
    'content-disposition': `attachment; filename="${name}"`,
  });
}
