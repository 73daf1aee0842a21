// Finds the lesion in one image that is in memory, and looks at the mask and the probabilities.
//
//   node examples/predict.mjs runs/seg photo.jpg
import { predict } from 'fewmask';
import sharp from 'sharp';

const [run, photo] = process.argv.slice(2);

// Any source of pixels will do: a camera, a canvas, a decoder. Rows from the top, values 0 to 255.
const { data, info } = await sharp(photo).removeAlpha().toColourspace('srgb').raw().toBuffer({
  resolveWithObject: true,
});
const image = { data, width: info.width, height: info.height, channels: info.channels };

// Without `out` nothing is written: masks and probabilities are returned.
const { predictions } = await predict({ run, images: [image] });
const { mask, probabilities } = predictions[0];

const marked = mask.data.filter((value) => value === 255).length;
console.log(`mask: ${mask.width} x ${mask.height} pixels, ${marked} of them lesion`);

const [channels, height, width] = probabilities.shape;
const largest = probabilities.data.indexOf(probabilities.data.reduce((a, b) => Math.max(a, b)));
console.log(`probabilities: ${channels} x ${height} x ${width}, at the network's size`);
console.log(
  `the largest: ${probabilities.data[largest].toFixed(3)}, ` +
    `in row ${Math.floor(largest / width)}, column ${largest % width}`,
);

await sharp(mask.data, { raw: { width: mask.width, height: mask.height, channels: mask.channels } })
  .toColourspace('b-w')
  .toFile('mask.png');
console.log('written: mask.png');
