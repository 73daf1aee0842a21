import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { resizePlane } from '../../src/data/decode/resize.ts';
import { exportRun } from '../../src/runs/export.node.ts';
import { predict } from '../../src/runs/predict.node.ts';
import { hasBrowser, postedBy } from '../support/browser.ts';
import { train } from '../support/classic.ts';
import { packageFiles } from '../support/registry-at-hand.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const examples = fileURLToPath(new URL('../../examples/', import.meta.url));
/** The built package, as it is installed. */
const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
const root = await temporaryFolder();
const at = (name: string) => join(root, name);

/** What the page's reader would have installed, from the registry or npm's cache. */
const runtime = hasBrowser()
  ? await packageFiles(
      {
        package: 'onnxruntime-web',
        version: '1.30.0',
        integrity:
          'sha512-q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ==',
      },
      'dist',
    )
  : undefined;

/** Opens the page in a frame, chooses both files there as a reader would, and posts what is shown then. */
const readerOf = (model: string) => `<!doctype html><script type="module">
  const frame = document.createElement('iframe');
  const opened = new Promise((resolve) => { frame.onload = resolve; });
  frame.src = '/examples/browser/index.html';
  document.body.append(frame);
  await opened;
  const page = frame.contentDocument;
  const message = page.getElementById('message');
  const answered = new Promise((resolve) => {
    new MutationObserver(resolve).observe(message, { childList: true });
    setTimeout(resolve, 60_000);
  });
  for (const [id, path] of [['model', '/${model}.onnx'], ['photo', '/photo.png']]) {
    const chosen = new DataTransfer();
    chosen.items.add(new File([await (await fetch(path)).blob()], path));
    page.getElementById(id).files = chosen.files;
    page.getElementById(id).dispatchEvent(new Event('change'));
  }
  await answered;
  const { width, height } = page.getElementById('canvas');
  const { data } = page.getElementById('canvas').getContext('2d').getImageData(0, 0, width, height);
  const shown = { message: message.textContent, width, height, pixels: [...data] };
  await fetch('/shown', { method: 'POST', body: JSON.stringify(shown) });
</script>`;

interface Shown {
  readonly message: string;
  readonly width: number;
  readonly height: number;
  /** [height, width, 4] */
  readonly pixels: readonly number[];
}

function served(path: string): Promise<Uint8Array | string> | undefined {
  const [, model] = /^\/(raw|plain)\.html$/.exec(path) ?? [];
  if (model) return Promise.resolve(readerOf(model));
  if (path.startsWith('/examples/')) return readFile(join(examples, path.slice('/examples/'.length)));
  const [, built] = /^\/node_modules\/fewmask\/dist\/(.+\.js)$/.exec(path) ?? [];
  if (built) return readFile(join(dist, built));
  const [, file] = /^\/node_modules\/onnxruntime-web\/dist\/(.+)$/.exec(path) ?? [];
  if (file) return Promise.resolve(runtime!.get(file)!);
  return ['/raw.onnx', '/plain.onnx', '/photo.png'].includes(path) ? readFile(at(path)) : undefined;
}

describe.skipIf(!runtime)('the page shows the mask of `predict`', () => {
  let mask: Uint8Array;
  let expected: number[][];

  beforeAll(async () => {
    const { settings, stems } = await tinySettings(root);
    // A training long enough that the mask has pixels of both kinds.
    await train({ ...settings, epochs: 20 }, { out: at('seg'), pictures: false });
    await exportRun({ run: at('seg'), rawInput: true }, { out: at('raw.onnx') });
    await exportRun({ run: at('seg') }, { out: at('plain.onnx') });
    // Of another size than the network's.
    const photo = sharp(join(settings.data, 'images', `${stems[1]}.png`)).removeAlpha();
    await photo.resize(75, 54, { fit: 'fill' }).toFile(at('photo.png'));
    const rgb = await sharp(at('photo.png')).raw().toBuffer();
    const { predictions } = await predict({ run: at('seg'), images: [at('photo.png')] });
    const { data } = predictions[0].probabilities!;
    const size = { height: settings.size, width: settings.size };
    const large = resizePlane(data, size, { width: 75, height: 54 });
    // No pixel so near to the threshold that two runtimes may round it to either side.
    expect(Math.min(...large.map((p) => Math.abs(p - 0.5)))).toBeGreaterThan(1e-5);
    mask = Uint8Array.from(predictions[0].mask!.data);
    // Orange of 140 in 255 over the photo, or the photo; the canvas rounds to bytes twice.
    expected = [230, 120, 0].map((orange, c) =>
      Array.from(
        mask,
        (inside, i) => rgb[3 * i + c] + (inside ? (140 / 255) * (orange - rgb[3 * i + c]) : 0),
      ),
    );
  });

  test.each(['raw', 'plain'])('with a %s model', async (model) => {
    const shown = (await postedBy(`/${model}.html`, async (path) => served(path))) as Shown;
    const found = mask.filter((value) => value > 0).length;
    expect(found).toBeGreaterThan(mask.length / 20);
    expect(found).toBeLessThan(mask.length * 0.95);
    expect(shown.message).toBe(`${found} of ${mask.length} pixels are in the mask.`);
    expect(shown).toMatchObject({ width: 75, height: 54 });
    const differences = [0, 1, 2].flatMap((c) =>
      expected[c].map((value, i) => Math.abs(value - shown.pixels[4 * i + c])),
    );
    expect(Math.max(...differences)).toBeLessThan(3);
  });
});
