import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FIGURES, type Figures, figuresOf } from '../../../src/audit/figures.ts';
import type { ReferenceNetwork } from '../../../src/audit/references.ts';
import { labelNetwork } from '../../../src/audit/verdict.ts';
import { DECODER_NAMES } from '../../../src/nn/model.ts';
import { printHead, printRow } from './markdown.ts';
import { root } from './program.ts';
import type { AuditedNetwork } from './reference-networks.ts';

/** What is told of a network beside other audits: its figures to three digits. */
export function referenceOf({ name, decoder, result }: AuditedNetwork): ReferenceNetwork {
  const figures = figuresOf(result, result.verdict.leak);
  return {
    ...{ name, kind: result.kind, decoder },
    label: labelNetwork(result.kind, figures).label,
    figures: Object.fromEntries(FIGURES.map((figure) => [figure, rounded(figures[figure])])) as Figures,
    paths: result.paths.map((path) => ({ ...path, shapley: rounded(path.shapley) })),
  };
}

const rounded = (value: number | null) => (value === null ? null : Number(value.toPrecision(3)));

/** Writes the rows of src/audit/references.ts. */
export function writeReferences(references: readonly ReferenceNetwork[]): void {
  const module = join(root, 'src', 'audit', 'references.ts');
  const source = readFileSync(module, 'utf8');
  const rows = references.map(({ name, kind, decoder, label, figures, paths }) => [
    ...[name, kind, decoder, label],
    FIGURES.map((figure) => figures[figure]),
    paths.map(({ shapley }) => shapley),
  ]);
  const declared = source.indexOf('ROWS:');
  const [before, after] = [source.indexOf('= [', declared), source.indexOf('];', declared) + 2];
  const list = rows.map((row) => `  ${JSON.stringify(row)},\n`).join('');
  writeFileSync(module, `${source.slice(0, before)}= [\n${list}];${source.slice(after)}`);
  execFileSync('npx', ['biome', 'check', '--write', module], { cwd: root, stdio: 'ignore' });
}

type Column = readonly [string, (network: ReferenceNetwork) => string];

const percent = (value: number | null) =>
  value === null ? '–' : `${(100 * value).toFixed(Math.abs(value) >= 1 ? 0 : 1)} %`;
const number = (value: number | null, digits = 1) => (value === null ? '–' : value.toFixed(digits));

const ofAutoencoders: readonly Column[] = [
  ['skill', ({ figures }) => percent(figures.skill)],
  ['pixel copied', ({ figures }) => percent(figures.copied)],
  ['over the read-out (dB)', ({ figures }) => number(figures.over_readout)],
  ['white noise (dB)', ({ figures }) => number(figures.noise)],
  ['negative (dB)', ({ figures }) => number(figures.inverted)],
];

function columnsOf(kind: ReferenceNetwork['kind'], pathNames: readonly string[]): readonly Column[] {
  const paints = kind === 'autoencoder';
  return [
    ['trained to', ({ name }) => name],
    ['label', ({ label }) => label],
    [paints ? 'PSNR (dB)' : 'Dice', ({ figures }) => number(figures.quality, paints ? 1 : 3)],
    ['explained', ({ figures }) => percent(figures.explained)],
    ["skips' share", ({ figures }) => percent(figures.leak)],
    [`${pathNames[0]} .. ${pathNames.at(-2)}, ${pathNames.at(-1)} (%)`, ({ paths }) => sharesText(paths)],
    ['a skip silent', ({ figures }) => percent(figures.skip_silent)],
    ['depth alone', ({ figures }) => percent(figures.depth_alone)],
    ...(paints ? ofAutoencoders : []),
    ['bottleneck swapped', ({ figures }) => percent(figures.bottleneck_swapped)],
    ['half radius (px)', ({ figures }) => number(figures.half_radius, 0)],
  ];
}

function sharesText(paths: ReferenceNetwork['paths']): string {
  if (paths.some(({ shapley }) => shapley === null)) return '–';
  return paths.map(({ shapley }) => (100 * shapley!).toFixed(0)).join(', ');
}

/** The tables of docs/audit.md. */
export function printReferences(references: readonly ReferenceNetwork[]): void {
  const pathNames = references[0].paths.map(({ name }) => name);
  for (const decoder of DECODER_NAMES) {
    for (const kind of ['autoencoder', 'segmentation'] as const) {
      const columns = columnsOf(kind, pathNames);
      console.log(`\n\`${decoder}\`, ${kind}:\n`);
      printHead(columns.map(([title]) => title));
      for (const network of references) {
        if (network.decoder !== decoder || network.kind !== kind) continue;
        printRow(columns.map(([, cell]) => cell(network)));
      }
    }
  }
}
