import { FIGURES, type FigureName, figuresOf } from '../../audit/figures.ts';
import { type Path, skipsOf } from '../../audit/paths.ts';
import type { ReferenceNetwork } from '../../audit/references.ts';
import { REFERENCE_SETTING } from '../../audit/references.ts';
import { fixed, missing, percent, significant } from '../../core/format.ts';
import type { AuditResult, PathResult, Score } from '../../records/audit-result.ts';
import type { Picture } from '../model.ts';
import { type Content, type Html, html } from '../page/html.ts';
import { absent, page, type Section } from '../page/page.ts';
import { table } from '../page/table.ts';
import { bandsChart, pathTitle, sharesCharts } from './charts.ts';
import { auditedText, auditSentence } from './sentence.ts';

/** One audited image as pictures, in the order of the paths. */
export interface AuditRow {
  readonly stem: string;
  readonly target: Picture;
  readonly whole: Picture;
  readonly without: readonly Picture[];
  readonly only: readonly Picture[];
  /** Another image's target, and the two hybrids. */
  readonly swapped?: { readonly donor: Picture; readonly bottleneck: Picture; readonly skips: Picture };
}

export interface AuditPage {
  readonly title: string;
  /** Without them pictures were not asked for. */
  readonly rows?: readonly AuditRow[];
  /** The reference networks whose figures are shown beside its own. */
  readonly references: readonly ReferenceNetwork[];
}

/** The page of an audit. */
export function auditReport(result: AuditResult, { title, rows, references }: AuditPage): Html {
  const sections: (Section | false)[] = [
    {
      id: 'pictures',
      title: 'With each path off, and with nothing but it',
      body: pictures(rows, result.paths),
    },
    {
      id: 'paths',
      title: 'What each path carries',
      body: [paths(result), sharesCharts([{ name: 'this network', paths: result.paths }, ...references])],
    },
    {
      id: 'evidence',
      title: 'The evidence, and what it looks like elsewhere',
      body: evidence(result, references),
    },
    result.levels.length > 0 && {
      id: 'levels',
      title: 'What each level knows of objects',
      body: levels(result),
    },
    result.bands.length > 0 && {
      id: 'bands',
      title: 'By spatial frequency',
      body: [bandsChart(result), bands(result)],
    },
  ];
  return page({
    title,
    subtitle: `Audit of the skip connections on ${auditedText(result)}: encoder ${result.encoder}, decoder ${result.decoder}, ${result.weights} weights`,
    verdict: [auditSentence(result), ...result.verdict.because.map(sentence)],
    sections: sections.filter((section) => section !== false),
  });
}

const sentence = (text: string) => `${text[0].toUpperCase()}${text.slice(1)}.`;

function pictures(rows: readonly AuditRow[] | undefined, paths: readonly Path[]): Content {
  if (!rows) return absent('Pictures were not asked for.');
  return [ablated(rows, paths), hybrids(rows)];
}

const cell = (picture: Picture | undefined, description: string) =>
  html`<td>${picture && html`<img src="${picture.uri}" width="${picture.width}" height="${picture.height}" alt="${description}">`}</td>`;

function ablated(rows: readonly AuditRow[], paths: readonly Path[]): Html {
  return html`<figure><figcaption>Upper row: without one path. Lower row: that path alone.</figcaption>
<p class="note">A path that is off has the mean of its features over all audited images.</p>
<div class="scroll" tabindex="0"><table class="pictures audit">
<thead><tr><th scope="col">Target</th><th scope="col">All paths</th>${paths.map((path) => html`<th scope="col">${pathTitle(path)}</th>`)}</tr></thead>
<tbody>${rows.map(
    ({
      stem,
      target,
      whole,
      without,
      only,
    }) => html`<tr>${cell(target, `Target of ${stem}`)}${cell(whole, `Output for ${stem}`)}${without.map((picture, i) => cell(picture, `${stem} without ${paths[i].name}`))}</tr>
<tr><td>${stem}</td><td>one path alone:</td>${only.map((picture, i) => cell(picture, `${stem} with ${paths[i].name} alone`))}</tr>
`,
  )}</tbody></table></div></figure>`;
}

/** Whose content is shown where two images take part. */
function hybrids(rows: readonly AuditRow[]): Html | undefined {
  const swapped = rows.flatMap((row) => (row.swapped ? [{ ...row, ...row.swapped }] : []));
  if (swapped.length === 0) return undefined;
  const columns = [
    'Target',
    'Another',
    "Its skips, the other's bottleneck",
    "Its bottleneck, the other's skips",
  ];
  return html`<figure><figcaption>Hybrids of two images</figcaption>
<div class="scroll" tabindex="0"><table class="pictures">
<thead><tr>${columns.map((title) => html`<th scope="col">${title}</th>`)}</tr></thead>
<tbody>${swapped.map(
    ({ stem, target, donor, bottleneck, skips }) =>
      html`<tr>${cell(target, `Target of ${stem}`)}${cell(donor, `Another image beside ${stem}`)}${cell(bottleneck, `${stem} with another bottleneck`)}${cell(skips, `${stem} with other skips`)}</tr>\n`,
  )}</tbody></table></div></figure>`;
}

const isImage = (score: Score): score is Extract<Score, { psnr: number }> => 'psnr' in score;
const quality = (score: Score | null): string =>
  score === null ? fixed(undefined) : isImage(score) ? fixed(score.psnr, 1) : fixed(score.dice);

function paths({ kind, reference, nothing, paths: found, verdict }: AuditResult): Html {
  const unit = kind === 'autoencoder' ? 'PSNR in dB' : 'Dice';
  const interval = verdict.leak_ci95
    ? ` (95 % interval over images ${percent(verdict.leak_ci95[0])} to ${percent(verdict.leak_ci95[1])})`
    : '';
  const row = (path: PathResult) => [
    pathTitle(path),
    percent(path.shapley ?? undefined),
    ...[path.mean, path.shuffle, path.zero].map(quality),
  ];
  const together =
    skipsOf(found).length > 0
      ? `The skips together: ${percent(verdict.leak ?? undefined)}${interval}. A large share alone does not tell a copy: an honest denoiser, too, takes fine detail from the skips.`
      : 'This network has no skip connections. What is measured of skips is missing here: one of them silent, a linear read-out of the first, and hybrids of two images.';
  return html`${table({
    caption: `Share: the exact Shapley share of a path in the fall of the error from all paths at their means to the whole network. Then ${unit} of the network with this path replaced: by its mean, by another image's, by zeros. The whole network has ${quality(reference)}, and ${quality(nothing)} with all paths at their means.`,
    columns: [
      { title: 'Path' },
      ...['Share', 'Mean', "Another's", 'Zero'].map((title) => ({ title, kind: 'number' as const })),
    ],
    rows: found.map(row),
  })}<p>${together}</p>`;
}

type Format = (value: number) => string;
const decibel: Format = (value) => `${fixed(value, 1)} dB`;

/** How the figures that tell a copy are told, and what they say. */
const EVIDENCE: readonly { readonly figure: FigureName; readonly title: string; readonly format: Format }[] =
  [
    { figure: 'explained', title: 'Of the differences between targets explained', format: percent },
    { figure: 'leak', title: "The skips' share of that", format: percent },
    { figure: 'depth_alone', title: 'Explained by the bottleneck alone', format: percent },
    { figure: 'skip_silent', title: 'With the skip silent that it needs most', format: percent },
    { figure: 'skill', title: "Of a degraded input's error taken away (a copy: 0 %)", format: percent },
    { figure: 'copied', title: 'Of a changed pixel found in the output (a copy: 100 %)', format: percent },
    { figure: 'over_readout', title: 'Better than a linear read-out of the first skip by', format: decibel },
    { figure: 'noise', title: 'Reconstruction of white noise', format: decibel },
    { figure: 'shuffled', title: 'of shuffled pixels', format: decibel },
    { figure: 'inverted', title: 'of negatives', format: decibel },
    { figure: 'chart', title: 'of colour charts', format: decibel },
    {
      figure: 'half_radius',
      title: 'Radius of half of the input gradient',
      format: (value) => `${fixed(value, 1)} px`,
    },
    {
      figure: 'bottleneck_swapped',
      title: "With another image's bottleneck: distance to its own (100 %: shows the other)",
      format: percent,
    },
    { figure: 'skips_swapped', title: "With another image's skips: distance to its own", format: percent },
  ];

function evidence(result: AuditResult, references: readonly ReferenceNetwork[]): Content {
  const figures = figuresOf(result, result.verdict.leak);
  const quality: Format = (value) => (result.kind === 'autoencoder' ? decibel(value) : fixed(value));
  const measured = EVIDENCE.filter(({ figure }) => figures[figure] !== null);
  const lines = [
    { figure: 'quality' as const, title: result.kind === 'autoencoder' ? 'PSNR' : 'Dice', format: quality },
    ...measured,
  ];
  const cell = (value: number | null, format: Format) => (value === null ? missing : format(value));
  const others = result.out_of_domain.filter(({ set }) => !(FIGURES as readonly string[]).includes(set));
  return [
    table({
      caption:
        references.length > 0
          ? html`Beside it the same figures of networks whose making is known: ${REFERENCE_SETTING}`
          : 'Each figure by itself says little.',
      columns: [
        { title: 'Measure' },
        ...['This network', ...references.map(({ name }) => name)].map((title) => ({
          title,
          kind: 'number' as const,
        })),
      ],
      rows: lines.map(({ figure, title, format }) => [
        title,
        html`<strong>${cell(figures[figure], format)}</strong>`,
        ...references.map((reference) => cell(reference.figures[figure], format)),
      ]),
    }),
    [
      ...others.map(({ set, psnr }) => `Reconstruction of ${set}: ${decibel(psnr)}.`),
      ...(result.gates
        ? [
            `Learned gates of the skips, skip1 first, which began at 1: ${result.gates.map((gate) => fixed(gate)).join(', ')}.`,
          ]
        : []),
    ].map((line) => html`<p>${line}</p>`),
  ];
}

function levels({ levels: found }: AuditResult): Html {
  return table({
    caption:
      'Area under the ROC curve of a linear probe, object against background, fitted on few images and judged on the audited ones (0.5 = chance): of the encoder’s taps, of the levels of the decoder, and of the same levels freshly drawn. Then how alike a level is to what it was before training (linear CKA; 1 = the same but for a rotation).',
    columns: [
      { title: 'Level' },
      ...['AUC', 'AUC, untrained', 'Alike before'].map((title) => ({ title, kind: 'number' as const })),
    ],
    rows: found.map(({ name, stride, auc, auc_untrained: untrained, cka_before: cka }) => [
      `${name} (1/${stride})`,
      ...[auc, untrained, cka].map((value) => fixed(value ?? undefined)),
    ]),
  });
}

function bands({ bands: found, paths }: AuditResult): Html {
  const names = paths.map(({ name }) => name);
  const range = (value: number) => (value === 0 ? '0' : `1/${significant(1 / value, 3)}`);
  return table({
    caption:
      'Mean squared error in bands of spatial frequency (cycles a pixel), of the whole network and with one path at its mean.',
    columns: [
      { title: 'Cycles a pixel' },
      { title: 'All paths', kind: 'number' as const },
      ...names.map((name) => ({ title: `without ${name}`, kind: 'number' as const })),
    ],
    rows: found.map(({ from, to, mse, without }) => [
      `${range(from)} to ${range(to)}`,
      ...[mse, ...names.map((name) => without[name])].map((value) => significant(value, 3)),
    ]),
  });
}
