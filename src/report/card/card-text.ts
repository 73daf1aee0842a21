import { baselineText } from '../../eval/baseline-names.ts';
import type { ModelCard } from '../../records/model-card.ts';

const digits = (metric: string) => (metric === 'hd95' ? 1 : 3);

/** A card as Markdown. */
export function cardText(card: ModelCard): string {
  return [
    `# Model card: ${card.name}`,
    '',
    whatItDoes(card),
    '',
    ...section('Data', dataLines(card)),
    ...section('How good it is', scoreLines(card)),
    ...(card.study ? section('Other seeds, and what its parts gave', studyLines(card.study)) : []),
    ...section('Where it fails', failureLines(card)),
    ...section('Network', networkLines(card)),
    ...section('How to repeat it', repeatLines(card)),
    ...section('What is not known', unknownLines(card)),
  ].join('\n');
}

const section = (title: string, lines: readonly string[]): string[] => [`## ${title}`, '', ...lines, ''];

function whatItDoes({ task: { classes, overlapping, pixels_per_image: size } }: ModelCard): string {
  const marked = overlapping ? `${classes.join(', ')} (they may overlap)` : classes.join(', ');
  return `It marks, pixel by pixel: ${marked}. Images come to it as ${size} pixels.`;
}

function dataLines({ data }: ModelCard): string[] {
  const groups =
    data.groups > 0
      ? `, of ${data.groups} groups (patients, videos, slides), none of which is in two parts`
      : '';
  return [
    `- ${data.train} images with masks to learn from, ${data.validation} to choose by, ${data.test} to test${groups}`,
    ...(data.plain > 0 ? [`- ${data.plain} images without masks to learn from`] : []),
    `- folder \`${data.folder}\`; the SHA-256 of its list of images (splits.json) is \`${data.splits_sha256}\``,
    `- licence of the data: ${data.licence}`,
  ];
}

function scoreLines({ test, baselines }: ModelCard): string[] {
  if (!test) return ['It was not tested.'];
  const of =
    test.units < test.images ? `${test.images} images of ${test.units} groups` : `${test.images} images`;
  return [
    `On ${of} that it has not seen, at their own size:`,
    '',
    '| score | mean | 95 % interval |',
    '|---|---|---|',
    ...test.scores.map(({ metric, title, images, mean, ci95 }) => {
      const shown = (value: number) => (Number.isFinite(value) ? value.toFixed(digits(metric)) : '-');
      const only = images < test.images ? `, of the ${images} images that have one` : '';
      return `| ${title}${only} | ${shown(mean)} | ${ci95 ? `${shown(ci95[0])} to ${shown(ci95[1])}` : '-'} |`;
    }),
    '',
    `The interval is for this network on other ${test.units < test.images ? 'groups' : 'images'} of the same kind. How networks of other seeds differ is not in it.`,
    ...(baselines
      ? [
          '',
          `Without a network, at the network's size: ${Object.entries(baselines)
            .map(([name, dice]) => `${baselineText(name)} has a Dice of ${dice.toFixed(3)}`)
            .join(', ')}.`,
        ]
      : []),
  ];
}

function studyLines({ arm, labels, seeds, median_seed, found }: NonNullable<ModelCard['study']>): string[] {
  const told = seeds.map(({ seed, dice }) => `${dice.toFixed(3)} (seed ${seed})`).join(', ');
  return [
    `- the same training in a study, arm ${arm}, ${labels} masks, test Dice of all its seeds: ${told}; the median is seed ${median_seed}`,
    ...found.map((sentence) => `- ${sentence}`),
  ];
}

function subgroupLine(subgroups: ModelCard['subgroups']): string {
  if (!subgroups) return '- whether parts of the images score worse was not looked at: `fewmask subgroups`';
  const { compared, worst } = subgroups;
  if (!worst) return `- of ${compared} parts of the images, none is seen to score worse than the others`;
  const { metric, division, name, images, mean, difference, low, high } = worst;
  const [by, from, to] = [difference, low, high].map((value) => value.toFixed(3));
  return `- worst by ${division}: ${name}, ${images} images with a mean ${metric} of ${mean.toFixed(3)}, ${by} against the others (${from} to ${to}, for all ${compared} parts together)`;
}

function failureLines({ test, expected, subgroups }: ModelCard): string[] {
  if (!test) return ['Not known: it was not tested.'];
  return [
    `- ${(100 * test.below_half).toFixed(1)} % of the test images have a Dice below 0.5`,
    `- the worst: ${test.worst.map(({ stem, dice }) => `${stem} (${dice.toFixed(3)})`).join(', ')}`,
    subgroupLine(subgroups),
    expected
      ? `- for each new image \`fewmask predict --expect\` tells what to expect, by ${expected.masks_held_out} masks that were held out${expected.test_images > 0 ? ` and ${expected.test_images} test images` : ''}`
      : '- what to expect of a new image was not found out: `fewmask expect`',
  ];
}

function networkLines({ network }: ModelCard): string[] {
  return [
    `- encoder ${network.encoder}${network.encoder_trained ? ', trained' : ', frozen'}; licence of its weights: ${network.encoder_licence}; SHA-256 \`${network.encoder_sha256}\``,
    `- decoder ${network.decoder}; the ${network.weights} weights, SHA-256 \`${network.weights_sha256}\``,
  ];
}

function repeatLines({ training, versions }: ModelCard): string[] {
  const { recipe, seed, steps, epochs, seconds } = training;
  return [
    `- \`${training.command}\``,
    `- recipe ${recipe}, seed ${seed}: ${steps} steps in ${epochs} epochs, ${seconds} s`,
    `- ${Object.entries(versions)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`,
  ];
}

function unknownLines({ data, training, test, study }: ModelCard): string[] {
  return [
    '- how it works on images of other origin: other devices, places, people',
    ...(study && study.seeds.length > 1
      ? []
      : ['- how much the result depends on the seed: this is one training']),
    ...(training.pretrained && !study?.found.length
      ? ['- what the pretraining gave: a study with controls would tell (`fewmask study`)']
      : []),
    ...(data.plain > 0 && !study?.found.length
      ? ['- what the plain images gave: a study with controls would tell (`fewmask study`)']
      : []),
    ...(test && data.groups === 0
      ? [
          '- whether test images are of the same patients or videos as those of the training: no groups were given',
        ]
      : []),
    ...(data.licence === 'not stated' ? ['- the licence of the data: state it with `--data-licence`'] : []),
  ];
}
