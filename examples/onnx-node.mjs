// Uses an exported model without fewmask: ONNX Runtime computes, and the file itself says what it needs.
//
//   node examples/onnx-node.mjs model.onnx photo.jpg mask.png
//
// Packages: onnxruntime-node and sharp. The model comes from `npx fewmask export runs/seg model.onnx`.
import { readFile } from 'node:fs/promises';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import { readMetadata } from './metadata.mjs';

const [file, photo, out] = process.argv.slice(2);
const bytes = await readFile(file);
const metadata = readMetadata(bytes);
console.log(metadata);

// The whole photo, as the network was trained on: resized to its size, colours from 0..255 to [-1, 1], channel by channel.
const [width, height] = [Number(metadata.input_width), Number(metadata.input_height)];
const area = width * height;
const rgb = await sharp(photo)
  .autoOrient()
  .removeAlpha()
  .toColourspace('srgb')
  .resize(width, height, { fit: 'fill', kernel: 'linear' })
  .raw()
  .toBuffer();
const planes = Float32Array.from({ length: 3 * area }, (_, i) => {
  return rgb[3 * (i % area) + Math.floor(i / area)] / 127.5 - 1;
});

const session = await ort.InferenceSession.create(bytes);
const input = new ort.Tensor('float32', planes, [1, 3, height, width]);
const { [metadata.output_name]: output } = await session.run({ [metadata.input_name]: input });

const threshold = Number(metadata.threshold);
const mask = Uint8Array.from(output.data, (probability) => (probability >= threshold ? 255 : 0));
await sharp(mask, { raw: { width, height, channels: 1 } })
  .toColourspace('b-w')
  .toFile(out);
const mean = output.data.reduce((sum, probability) => sum + probability, 0) / area;
console.log(`${mask.filter((value) => value > 0).length} of ${area} pixels are lesion; written: ${out}`);
console.log(`mean probability: ${mean.toFixed(4)}`);
