import { fixed } from '../../core/format.ts';
import type { Picture, Prediction, Reconstruction } from '../model.ts';
import { type Content, type Html, html } from './html.ts';

function image(picture: Picture | undefined, description: string): Content {
  if (!picture) return 'picture missing';
  return html`<img src="${picture.uri}" width="${picture.width}" height="${picture.height}" alt="${description}">`;
}

/** Rows are images; columns are what went in, what was asked for and what came out. */
export function reconstructionGrid(title: Content, rows: readonly Reconstruction[]): Html {
  return html`<figure><figcaption>${title}</figcaption>
<table class="pictures">
<thead><tr><th scope="col">Input</th><th scope="col">Target</th><th scope="col">Reconstruction</th></tr></thead>
<tbody>${rows.map(
    ({ stem, input, target, output, psnr, inputPsnr }) => html`<tr>
<td>${image(input, `Input of ${stem}`)}${inputPsnr !== undefined && (inputPsnr === Number.POSITIVE_INFINITY ? 'same as the target' : `PSNR ${fixed(inputPsnr, 1)} dB`)}</td>
<td>${image(target, `Target of ${stem}`)}${stem}</td>
<td>${image(output, `Reconstruction of ${stem}, PSNR ${fixed(psnr, 1)} dB`)}PSNR ${fixed(psnr, 1)} dB</td>
</tr>
`,
  )}</tbody></table></figure>`;
}

/** Pictures with outlines in groups: best, median, worst, then whatever other ranks there are. */
export function predictionGrid(rows: readonly Prediction[]): Html {
  const ranks = [...new Set(['best', 'median', 'worst', ...rows.map(({ rank }) => rank)])];
  return html`<div class="ranks">${ranks.map((rank) => {
    const group = rows.filter((row) => row.rank === rank);
    if (group.length === 0) return undefined;
    return html`<div><h4>${rank.charAt(0).toUpperCase() + rank.slice(1)}</h4><div class="rank">${group.map(
      ({ stem, dice, picture }) =>
        html`<figure>${image(picture, `${stem} with outlines of truth and prediction, Dice ${fixed(dice)}`)}<figcaption>Dice ${fixed(dice)}<br>${stem}</figcaption></figure>\n`,
    )}</div></div>\n`;
  })}</div>`;
}

/** How to read pictures of several classes; stands beside their grid. */
export const colourNote =
  'Left: the true classes; right: the predicted ones, in the colours below. Black: pixels of which nothing is known. Pictures are reduced for this page.';

/** How to read the outlines; stands beside every prediction grid. */
export const outlineNote =
  'Green outline: the truth, drawn just inside its border. Orange outline: the prediction, drawn just outside its border. Pictures are reduced for this page.';
