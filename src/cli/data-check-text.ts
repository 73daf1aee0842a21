import type { DataCheck, FolderCheck, Problem } from '../index.ts';
import { alignedTable } from './tables.ts';

/** A line of two columns; after them a bar, if any. */
type Row = readonly [label: string, value: string, bar?: string];

/** Most problems of one kind that are listed; `--json` has them all. */
const mostListed = 10;
const widestBar = 30;

/** A check as a person reads it: what there is, what are duplicates, what is wrong, and what it comes to. */
export function dataCheckText(check: DataCheck): string {
  if (!check.also) return folderText(check, clusterLines(check));
  const texts = [check, ...check.also].map((one) => `${one.folder}\n\n${folderText(one, [])}`);
  return [...texts, clusterLines(check).join('\n')].join('\n\n').trimEnd();
}

function folderText(check: FolderCheck, duplicates: readonly string[]): string {
  const rowsOf = [countRows, groupRows, sizeRows, classRows, areaRows, planRows];
  const sections = rowsOf.map((rows) => rows(check));
  const rows = sections.filter((section) => section.length > 0).flatMap((section) => [...section, ['', '']]);
  const lines = alignedTable(rows.map(([label, value]) => [label, value])).split('\n');
  const table = lines.map((line, i) => `${line}  ${rows[i][2] ?? ''}`.trimEnd());
  const { meaning } = check.masks;
  const { pixels } = check.images;
  const meanings = [...(pixels ? [`pixels: ${pixels}`] : []), ...(meaning ? [`masks: ${meaning}`] : [])];
  const masks = meanings.length > 0 ? [...meanings, ''] : [];
  return [...table, ...masks, ...duplicates, ...problemLines(check.problems), closingLine(check)].join('\n');
}

function countRows({ images, masks, lists, passed_over: passedOver }: FolderCheck): Row[] {
  const count = (label: string, value: number): Row => [label, String(value)];
  return [
    count('images', images.total),
    ...Object.entries(images.formats).map(([format, number]) => count(`  ${format}`, number)),
    ...(images.grey > 0 ? [count('  grey', images.grey)] : []),
    count('  with mask', images.with_mask),
    count('  without mask', images.without_mask),
    ...(masks.without_image > 0 ? [count('masks without image', masks.without_image)] : []),
    ...Object.entries(lists).map(([name, number]) => count(`${name}.txt`, number)),
    ...(passedOver ? [['passed over', kindsText(passedOver)] as Row] : []),
  ];
}

function kindsText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');
}

function groupRows({ groups }: FolderCheck): Row[] {
  if (!groups) return [];
  const { total, smallest, median, largest } = groups;
  return [
    ['groups', String(total)],
    [
      '  images in each',
      smallest === largest ? String(smallest) : `${smallest} to ${largest}, median ${median}`,
    ],
  ];
}

function sizeRows({ sizes }: FolderCheck): Row[] {
  if (!sizes) return [];
  const { smallest, median, largest, most_common: common, different, aspect } = sizes;
  const text = ({ width, height }: typeof smallest) => `${width}x${height}`;
  if (different === 1) return [['width x height of all', text(common)]];
  return [
    ['width x height', ''],
    ['  smallest', text(smallest)],
    ['  median', text(median)],
    ['  largest', text(largest)],
    ...(common.count > 1 ? [[`  most common (${common.count})`, text(common)] as Row] : []),
    ['  width / height', `${aspect.min.toFixed(2)} to ${aspect.max.toFixed(2)}`],
  ];
}

function classRows({ masks: { classes } }: FolderCheck): Row[] {
  if (!classes) return [];
  const share = (part: number) => `${(100 * part).toFixed(1)} %`;
  return [
    ['classes', ''],
    ...classes.map(
      ({ name, masks, share: part }): Row => [
        `  ${name}`,
        `${counted(masks, 'mask')}, ${share(part)} of the pixels`,
      ],
    ),
  ];
}

function areaRows({ mask_area: area }: FolderCheck): Row[] {
  if (!area) return [];
  const percent = (share: number, digits = 1) => `${(100 * share).toFixed(digits)} %`;
  const largest = Math.max(1, ...area.histogram.map(({ count }) => count));
  const bar = (count: number) => '#'.repeat(Math.ceil((widestBar * count) / largest));
  return [
    ['mask area, of the image', ''],
    ['  smallest', percent(area.min)],
    ['  5th percentile', percent(area.p5)],
    ['  median', percent(area.median)],
    ['  95th percentile', percent(area.p95)],
    ['  largest', percent(area.max)],
    ['masks by area', ''],
    ['  empty', String(area.empty)],
    ...area.histogram.map(
      ({ above, up_to: upTo, count }): Row => [
        above === 0 ? `  up to ${percent(upTo, 0)}` : `  ${percent(above, 0)} to ${percent(upTo, 0)}`,
        String(count),
        bar(count),
      ],
    ),
    ...(area.full > 0 ? [['    all of the image', String(area.full)] as Row] : []),
  ];
}

function planRows({ plan }: FolderCheck): Row[] {
  if (!plan) return [];
  const { groups } = plan;
  const images = (part: 'train' | 'validation' | 'test') =>
    groups ? `${plan[part]} (${counted(groups[part], 'group')})` : String(plan[part]);
  return [
    ['with default settings', ''],
    ['  train', images('train')],
    ['  validate', images('validation')],
    ['  test', images('test')],
    ['  pretrain', String(plan.pretrain)],
  ];
}

/** Clusters that cross first. */
function clusterLines({ clusters, crossing, also }: DataCheck): string[] {
  if (clusters.length === 0) return [];
  const across = new Set(crossing.map(listed));
  const all = [...across, ...clusters.map(listed).filter((names) => !across.has(names))];
  const more = all.length - mostListed;
  const where = also ? 'in different folders or parts of the data' : 'in different parts of the data';
  return [
    `duplicates: ${counted(clusters.length, 'group')} of images that are equal or almost equal`,
    ...all.slice(0, mostListed).map((names) => `  ${names}${across.has(names) ? ` (${where})` : ''}`),
    ...(more > 0 ? [`  and ${more} more like these`] : []),
    '',
  ];
}

/** Most images of a group that are named. */
const mostNamed = 5;

function listed(names: readonly string[]): string {
  const more = names.length - mostNamed;
  return names.slice(0, mostNamed).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function problemLines(problems: readonly Problem[]): string[] {
  if (problems.length === 0) return [];
  const kinds = [...new Set(problems.map(({ kind }) => kind))];
  const lines = kinds.flatMap((kind) => {
    const messages = problems.filter((problem) => problem.kind === kind).map(({ message }) => message);
    const more = messages.length - mostListed;
    return [...messages.slice(0, mostListed), ...(more > 0 ? [`and ${more} more like these`] : [])];
  });
  return ['problems', ...lines.map((line) => `  ${line}`), ''];
}

function closingLine({ problems, plan }: FolderCheck): string {
  const found = counted(problems.length, 'problem');
  if (!plan) return found;
  const { train, pretrain } = plan;
  const left =
    train === 0
      ? `${pretrain} images to pretrain on, no masks to train with`
      : `${train} images to train on, ${pretrain} to pretrain on`;
  return problems.length === 0 ? `ready: ${left}` : `${found}; what cannot be used is left out: ${left}`;
}
