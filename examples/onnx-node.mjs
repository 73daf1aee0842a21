// Uses an exported model without fewmask: ONNX Runtime computes, and the file itself says what it needs.
//
//   node examples/onnx-node.mjs model.onnx photo.jpg mask.png
//
// Packages: onnxruntime-node and sharp. The model comes from `npx fewmask export runs/seg model.onnx --raw-input`.
import { readFile } from 'node:fs/promises';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import { readMetadata } from './metadata.mjs';

// The runtime reports its use to Microsoft otherwise.
process.env.ORT_DISABLE_TELEMETRY ??= '1';

const [file, photo, out] = process.argv.slice(2);
const bytes = await readFile(file);
const metadata = readMetadata(bytes);
console.log(metadata);
if (metadata.input_layout !== 'NHWC') throw new Error(`${file}: export it with --raw-input`);

// The photo as it is: the model resizes and scales it. Rows from the top, channels innermost.
const { data, info } = await sharp(photo).autoOrient().removeAlpha().toColourspace('srgb').raw().toBuffer({
  resolveWithObject: true,
});
const { width, height, channels } = info;
const image = new ort.Tensor('uint8', data, [1, height, width, channels]);

const session = await ort.InferenceSession.create(bytes);
const outputs = await session.run({ [metadata.input_name]: image });

// At the photo's own size, as `fewmask predict` writes it.
const probabilities = outputs[metadata.output_native_name].data;
const threshold = Number(metadata.threshold);
const mask = Uint8Array.from(probabilities, (probability) => (probability >= threshold ? 255 : 0));
await sharp(mask, { raw: { width, height, channels: 1 } })
  .toColourspace('b-w')
  .toFile(out);
console.log(
  `${mask.filter((value) => value > 0).length} of ${mask.length} pixels in the mask; written: ${out}`,
);
const { data: small } = outputs[metadata.output_name];
console.log(`mean probability: ${(small.reduce((sum, p) => sum + p, 0) / small.length).toFixed(6)}`);
