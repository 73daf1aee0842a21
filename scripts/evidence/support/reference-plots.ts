import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReferenceNetwork } from '../../../src/audit/references.ts';
import { DECODER_NAMES } from '../../../src/nn/model.ts';
import { bandsChart, sharesCharts } from '../../../src/report/audit/charts.ts';
import { colours } from '../../../src/report/charts/palette.ts';
import type { Html } from '../../../src/report/page/html.ts';
import { root } from './program.ts';
import type { AuditedNetwork } from './reference-networks.ts';

/** The networks whose error is drawn by spatial frequency, and the file's name. */
const BANDS = [
  ['unet', 'identity', 'audit-bands-unet-identity'],
  ['unet', 'white noise removed', 'audit-bands-unet-denoise'],
  ['pix2pix', 'identity', 'audit-bands-pix2pix-identity'],
] as const;

/** Draws the plots of docs/audit.md. */
export function drawReferences(
  audited: readonly AuditedNetwork[],
  references: readonly ReferenceNetwork[],
): void {
  const paths = references[0].paths.map(({ name }) => name);
  for (const decoder of DECODER_NAMES) {
    const shown = references.filter(
      (each) => each.decoder === decoder && each.kind === 'autoencoder' && each.label !== 'explains nothing',
    );
    const title = `Shares of the paths, ${decoder}`;
    const [chart] = sharesCharts(shown);
    if (chart) writePlot(`audit-shares-${decoder}`, { title, chart, keys: paths, first: 1 });
    else console.error(`${decoder}: no autoencoder explains anything, so no plot of shares`);
  }
  for (const [decoder, name, file] of BANDS) {
    const { result } = audited.find((each) => each.decoder === decoder && each.name === name)!;
    const title = `Error by spatial frequency, ${decoder}, ${name}`;
    const keys = ['all paths', ...paths.map((path) => `without ${path}`)];
    writePlot(file, { title, chart: bandsChart(result)!, keys, first: 0 });
  }
}

interface Plot {
  readonly title: string;
  readonly chart: Html;
  /** Names in the order of the report's colours, from `first` on. */
  readonly keys: readonly string[];
  readonly first: number;
}

/** Writes the drawing of a chart with its key, as a picture that needs no page. */
function writePlot(name: string, { title, chart, keys, first }: Plot): void {
  const drawing = /<svg [^>]*viewBox="0 0 (\d+) (\d+)"[^>]*>(.*?)<\/svg>/s.exec(chart.text)!;
  const height = Number(drawing[2]);
  // Room for the last tick's label.
  const width = Number(drawing[1]) + 40;
  const inside = drawing[3].replace(/<style>.*?<\/style>/s, '').replaceAll('var(--page)', '#fff');
  const [columns, line] = [3, 20];
  const legend = keys.map((key, i) => {
    const x = 12 + (i % columns) * ((width - 12) / columns);
    const y = height + 12 + line * Math.floor(i / columns);
    return `<rect x="${x}" y="${y - 9}" width="10" height="10" fill="var(--series-${first + i})"/><text x="${x + 15}" y="${y}">${key}</text>`;
  });
  const tall = height + line * Math.ceil(keys.length / columns) + 8;
  const frame = `xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${tall}" width="${width}" height="${tall}"`;
  const text = 'font-family="sans-serif" font-size="13" fill="#1b1d21" color="#1b1d21"';
  const page = `<rect width="100%" height="100%" fill="#fff"/>${inside}${legend.join('')}`;
  const picture = inLight(`<svg ${frame} ${text}><title>${title}</title>${page}</svg>\n`);
  writeFileSync(join(root, 'docs', `${name}.svg`), picture);
}

/** A report's drawing in the colours of its light page. */
function inLight(drawing: string): string {
  return colours
    .reduce((plain, { light }, i) => plain.replaceAll(`var(--series-${i})`, light), drawing)
    .replaceAll('currentColor', '#1b1d21');
}
