// Trains and audits networks whose making is known, on real images, and writes what is told beside every audit
// (src/audit/references.ts), the plots of docs/audit.md, and its tables to the terminal. About 40 minutes on two cores;
// what is done already is not done again:
//   npm run -s build && node bench/references.mjs --data DIR --encoder FILE [--work runs/references]
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FIGURES, figuresOf } from '../dist/audit/figures.js';
import { labelNetwork } from '../dist/audit/verdict.js';
import { describeEncoder } from '../dist/encoders/read.node.js';
import { IMAGE_HEAD } from '../dist/nn/head.js';
import { DECODER_NAMES, defaultChannels, skipReaders } from '../dist/nn/model.js';
import { changeReaders } from '../dist/nn/skip-weights.js';
import { decodeSafetensors, encodeSafetensors } from '../dist/onnx/safetensors.js';
import { bandsChart, sharesCharts } from '../dist/report/audit/charts.js';
import { colours } from '../dist/report/charts/palette.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    encoder: { type: 'string' },
    work: { type: 'string', default: 'runs/references' },
  },
});
const root = fileURLToPath(new URL('..', import.meta.url));
const fewmask = join(root, 'bin', 'fewmask.js');

/** What a decoder needs to be trained well: the one that ends in a single layer starts far from an image. */
const TRAINING = {
  unet: ['--epochs', '6'],
  pix2pix: ['--epochs', '8', '--lr', '0.01', '--schedule', 'cosine'],
};
const UNTRAINED = ['--max-steps', '1', '--lr', '1e-12'];

const autoencoders = [
  ['untrained', UNTRAINED],
  ['identity', []],
  ['identity, skips dropped', ['--skips', 'drop:0.5']],
  ['identity, no skips', ['--skips', 'none']],
  ['identity, gated skips', ['--skips', 'gated']],
  ['white noise removed', ['--pretext', 'denoise']],
  ['coarse noise removed', ['--pretext', 'denoise', '--correlation', '16']],
];
const segmentations = [
  ['untrained', UNTRAINED],
  ['from scratch', ['--epochs', '40']],
  ['from scratch, no skips', ['--epochs', '40', '--skips', 'none']],
];
/** Made of the identity: layers that read a skip, in which the weights for the skip or for what comes from the depth are 0. */
const planted = [
  ['planted: first skip alone', (reader) => reader.level === 1, ({ start }) => ({ start: 0, stop: start })],
  ['planted: no skip', () => true, (reader) => reader],
];

const run = (...args) =>
  execFileSync(process.execPath, [fewmask, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
const folderOf = (decoder, kind, name) => join(values.work, decoder, kind, name.replace(/[^a-z]+/g, '-'));

function trained(decoder, command, [name, flags]) {
  const out = folderOf(decoder, command, name);
  const common = ['--data', values.data, '--encoder', values.encoder, '--labels', '88', '--decoder', decoder];
  const training = command === 'pretrain' ? TRAINING[decoder] : [];
  run(command, ...common, ...training, ...flags, '--no-pictures', '--out', out, '--resume');
  return out;
}

function edited(decoder, identity, [name, chosen, half]) {
  const out = folderOf(decoder, 'pretrain', name);
  if (existsSync(out)) return out;
  const encoder = describeEncoder(values.encoder);
  const decoderChannels = defaultChannels(decoder, encoder);
  const readers = skipReaders({ encoder, decoder, decoderChannels, head: IMAGE_HEAD })
    .filter(chosen)
    .map((reader) => ({ ...reader, ...half(reader) }));
  // Without what was found of it, which is not true of the copy.
  cpSync(identity, out, { recursive: true, filter: (source) => !source.startsWith(join(identity, 'audit')) });
  for (const which of ['best', 'last']) {
    const file = join(out, 'weights', `${which}.safetensors`);
    const { tensors, metadata } = decodeSafetensors(readFileSync(file), file);
    writeFileSync(file, encodeSafetensors({ tensors: changeReaders(tensors, readers, () => 0), metadata }));
  }
  return out;
}

function audited(folder) {
  const file = join(folder, 'audit', 'audit.json');
  if (!existsSync(file)) run('audit', folder, '--no-pictures');
  return JSON.parse(readFileSync(file, 'utf8'));
}

const found = [];
for (const decoder of DECODER_NAMES) {
  const note = (name, folder) => {
    const result = audited(folder);
    found.push({ name, decoder, result });
    console.error(`${decoder}, ${name}: ${result.verdict.label}`);
  };
  for (const network of autoencoders) note(network[0], trained(decoder, 'pretrain', network));
  const identity = folderOf(decoder, 'pretrain', 'identity');
  for (const network of planted) note(network[0], edited(decoder, identity, network));
  for (const network of segmentations) note(network[0], trained(decoder, 'train', network));
}

const rounded = (value) => (value === null ? null : Number(value.toPrecision(3)));
const allRounded = (figures) =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, rounded(value)]));
const references = found.map(({ name, decoder, result }) => ({
  name,
  kind: result.kind,
  decoder,
  label: labelNetwork(result.kind, figuresOf(result, result.verdict.leak)).label,
  figures: allRounded(figuresOf(result, result.verdict.leak)),
  paths: result.paths.map((path) => ({ ...path, shapley: rounded(path.shapley) })),
}));
const module = join(root, 'src', 'audit', 'references.ts');
const source = readFileSync(module, 'utf8');
const rows = references.map(({ name, kind, decoder, label, figures, paths }) => [
  ...[name, kind, decoder, label],
  FIGURES.map((figure) => figures[figure]),
  paths.map(({ shapley }) => shapley),
]);
const [before, after] = [
  source.indexOf('= [', source.indexOf('ROWS:')),
  source.indexOf('];', source.indexOf('ROWS:')) + 2,
];
writeFileSync(
  module,
  `${source.slice(0, before)}= [\n${rows.map((row) => `  ${JSON.stringify(row)},\n`).join('')}];${source.slice(after)}`,
);
execFileSync('npx', ['biome', 'check', '--write', module], { stdio: 'ignore' });

const percent = (value) =>
  value === null ? '–' : `${(100 * value).toFixed(Math.abs(value) >= 1 ? 0 : 1)} %`;
const number = (value, digits = 1) => (value === null ? '–' : value.toFixed(digits));
for (const decoder of DECODER_NAMES) {
  for (const kind of ['autoencoder', 'segmentation']) {
    const columns = [
      ['trained to', ({ name }) => name],
      ['label', ({ label }) => label],
      [
        kind === 'autoencoder' ? 'PSNR (dB)' : 'Dice',
        ({ figures }) => number(figures.quality, kind === 'autoencoder' ? 1 : 3),
      ],
      ['explained', ({ figures }) => percent(figures.explained)],
      ["skips' share", ({ figures }) => percent(figures.leak)],
      [
        'skip1 .. skip4, bottleneck (%)',
        ({ paths }) =>
          paths.some(({ shapley }) => shapley === null)
            ? '–'
            : paths.map(({ shapley }) => (100 * shapley).toFixed(0)).join(', '),
      ],
      ['a skip silent', ({ figures }) => percent(figures.skip_silent)],
      ['depth alone', ({ figures }) => percent(figures.depth_alone)],
      ...(kind === 'autoencoder'
        ? [
            ['skill', ({ figures }) => percent(figures.skill)],
            ['pixel copied', ({ figures }) => percent(figures.copied)],
            ['over the read-out (dB)', ({ figures }) => number(figures.over_readout)],
            ['white noise (dB)', ({ figures }) => number(figures.noise)],
            ['negative (dB)', ({ figures }) => number(figures.inverted)],
          ]
        : []),
      ['bottleneck swapped', ({ figures }) => percent(figures.bottleneck_swapped)],
      ['half radius (px)', ({ figures }) => number(figures.half_radius, 0)],
    ];
    const rows = references.filter((each) => each.decoder === decoder && each.kind === kind);
    console.log(`\n\`${decoder}\`, ${kind}:\n`);
    console.log(`| ${columns.map(([title]) => title).join(' | ')} |`);
    console.log(`|${columns.map(() => '---').join('|')}|`);
    for (const row of rows) console.log(`| ${columns.map(([, cell]) => cell(row)).join(' | ')} |`);
  }
}

/**
 * The drawing of a chart with its key, as a picture that needs no page.
 *
 * @param keys names in the order of the report's colours, from `first` on
 */
function picture(name, title, chart, keys, first) {
  const light = (text) =>
    colours.reduce((plain, colour, i) => plain.replaceAll(`var(--series-${i})`, colour.light), text);
  const drawing = /<svg [^>]*viewBox="0 0 (\d+) (\d+)"[^>]*>(.*?)<\/svg>/s.exec(chart.text);
  const height = Number(drawing[2]);
  // Room for the last tick's label.
  const width = Number(drawing[1]) + 40;
  const inside = drawing[3].replace(/<style>.*?<\/style>/s, '').replaceAll('var(--page)', '#fff');
  const [columns, line] = [3, 20];
  const legend = keys.map((key, i) => {
    const [x, y] = [
      12 + (i % columns) * ((width - 12) / columns),
      height + 12 + line * Math.floor(i / columns),
    ];
    return `<rect x="${x}" y="${y - 9}" width="10" height="10" fill="var(--series-${first + i})"/><text x="${x + 15}" y="${y}">${key}</text>`;
  });
  const tall = height + line * Math.ceil(keys.length / columns) + 8;
  const frame = `xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${tall}" width="${width}" height="${tall}"`;
  const text = 'font-family="sans-serif" font-size="13" fill="#1b1d21" color="#1b1d21"';
  writeFileSync(
    join(root, 'docs', `${name}.svg`),
    light(
      `<svg ${frame} ${text}><title>${title}</title><rect width="100%" height="100%" fill="#fff"/>${inside}${legend.join('')}</svg>\n`,
    ).replaceAll('currentColor', '#1b1d21'),
  );
}
const paths = references[0].paths.map((path) => path.name);
for (const decoder of DECODER_NAMES) {
  const shown = references.filter(
    (each) => each.decoder === decoder && each.kind === 'autoencoder' && each.label !== 'explains nothing',
  );
  picture(`audit-shares-${decoder}`, `Shares of the paths, ${decoder}`, sharesCharts(shown)[0], paths, 1);
}
for (const [decoder, name, file] of [
  ['unet', 'identity', 'audit-bands-unet-identity'],
  ['unet', 'white noise removed', 'audit-bands-unet-denoise'],
  ['pix2pix', 'identity', 'audit-bands-pix2pix-identity'],
]) {
  const { result } = found.find((each) => each.decoder === decoder && each.name === name);
  const keys = ['all paths', ...paths.map((path) => `without ${path}`)];
  picture(file, `Error by spatial frequency, ${decoder}, ${name}`, bandsChart(result), keys, 0);
}
