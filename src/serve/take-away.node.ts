import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { Zip, ZipPassThrough } from 'fflate';
import { UserError } from '../core/errors.ts';
import type { Sample } from '../data/folders/sample.ts';
import { exportRun } from '../runs/export.node.ts';
import { expectedTable } from '../runs/predict.node.ts';
import type { Prediction } from '../runs/prediction.ts';
import type { Networks } from './networks.node.ts';

/** A zip file of the simple kind holds no more. */
const MOST_FILES = 65_000;

interface NamedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * The masks that a run's network makes of images, as `predict` writes them, in a zip file that is made while it is read. Images are done one by one: what others
 * ask for comes in between. Those that cannot be used are named in `left-out.txt`; what to expect of masks is in `expected.csv`, where that is known.
 *
 * @param run its folder
 * @throws UserError for a run that has no network
 */
export async function* zippedPredictions(
  run: string,
  samples: readonly Sample[],
  networks: Networks,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  expectFew(samples.length);
  // A run without a network is refused before anything is sent.
  await networks.use(run, async () => {}, signal);
  yield* zipped(predictedFiles(run, samples, networks, signal));
}

async function* predictedFiles(
  run: string,
  samples: readonly Sample[],
  networks: Networks,
  signal?: AbortSignal,
): AsyncGenerator<NamedFile> {
  const predictions: Prediction[] = [];
  const left: string[] = [];
  const scratch = await mkdtemp(join(tmpdir(), 'fewmask-'));
  try {
    for (const sample of samples) {
      try {
        const made = await networks.use(run, (network) => network.predict(sample, { out: scratch }), signal);
        predictions.push({ ...made, image: sample.stem });
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        left.push(`${sample.stem}: ${error.message}\n`);
      }
      yield* takenFrom(scratch);
    }
    const text = (name: string, content: string) => ({ name, bytes: new TextEncoder().encode(content) });
    if (predictions.some(({ expected }) => expected)) yield text('expected.csv', expectedTable(predictions));
    if (left.length > 0) yield text('left-out.txt', left.join(''));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The files in a folder, which are removed. */
async function* takenFrom(folder: string): AsyncGenerator<NamedFile> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []));
  for (const path of paths.sort()) {
    yield { name: relative(folder, path).split(sep).join('/'), bytes: await readFile(path) };
    await rm(path);
  }
}

/** Files as the bytes of a zip file, as they come. They are stored as they are: PNGs are compressed already. */
async function* zipped(files: AsyncIterable<NamedFile>): AsyncGenerator<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    chunks.push(chunk);
  });
  for await (const { name, bytes } of files) {
    const file = new ZipPassThrough(name);
    zip.add(file);
    file.push(bytes, true);
    yield* chunks.splice(0);
  }
  zip.end();
  yield* chunks.splice(0);
}

function expectFew(images: number): void {
  if (images > 0 && images < MOST_FILES) return;
  throw new UserError({
    what: 'predictions',
    got: images === 0 ? 'no image without a mask' : `${images} images`,
    expected: `1 to ${MOST_FILES}`,
    fix: 'run: npx fewmask predict',
  });
}

/**
 * The network of a run as an ONNX file, as `export` writes it.
 *
 * @param run its folder
 * @throws UserError for a run that has no such form
 */
export async function* exportedModel(
  run: string,
  networks: Networks,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const scratch = await mkdtemp(join(tmpdir(), 'fewmask-'));
  try {
    const out = join(scratch, 'model.onnx');
    await networks.queued(() => exportRun({ run }, { out }), signal);
    yield* createReadStream(out);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
