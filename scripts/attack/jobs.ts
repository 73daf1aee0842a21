/** A command that writes `out` in the folder where it is started, beside `../data`, `../plain`, `../encoder.safetensors` and `../run`. */
export interface Job {
  readonly name: string;
  readonly command: readonly string[];
  /** What its user does after it was cut off. */
  readonly again: readonly string[];
  /** It writes into a finished run. */
  readonly inRun?: boolean;
}

export const NETWORK = [
  ...['--data', '../data', '--encoder', '../encoder.safetensors'],
  ...['--size', '32', '--decoder-channels', '8,8,8,8,8', '--batch', '2', '--threads', '1'],
];

/** The run that the others are done with. */
export const TRAIN = [
  'train',
  '--recipe',
  'classic',
  ...NETWORK,
  '--epochs',
  '2',
  '--lr',
  '1e-2',
  '--no-pictures',
];

/** Goes on by --resume. */
const resumed = (name: string, command: readonly string[]): Job => ({
  name,
  command: [...command, '--out', 'out'],
  again: [...command, '--out', 'out', '--resume'],
});
/** Is done again from its beginning. */
const replaced = (name: string, ...command: readonly string[]): Job => ({
  ...{ name, command },
  again: [...command, '--overwrite'],
});
/** Writes a file of its own into a run, again and again. */
const inRun = (name: string, ...command: readonly string[]): Job => ({
  ...{ name, command, again: command, inRun: true },
});

const STUDY = ['study', ...NETWORK, '--epochs', '1', '--pretrain-epochs', '1', '--no-pictures'];

/** The study of all tasks. */
export const SMALL_STUDY = [
  ...STUDY,
  '--arms',
  'scratch,identity',
  '--seeds',
  '2',
  '--labels',
  '3',
  '--audits',
  '0',
];

/** What trains, or takes as long. */
export const TRAININGS: readonly Job[] = [
  resumed('train', TRAIN),
  resumed('pretrain', ['pretrain', ...NETWORK, '--epochs', '2', '--no-pictures']),
  resumed('train with plain images', [...TRAIN, '--labels', '5', '--consistency', 'teacher']),
  resumed('train in rounds', [...TRAIN, '--labels', '5', '--pseudo-rounds', '1']),
  inRun('suspects', 'suspects', 'out', '--folds', '2'),
  inRun('expect', 'expect', 'out', '--folds', '2'),
  inRun('audit', 'audit', 'out', '--limit', '2', '--no-pictures'),
];

export const STUDIES: readonly Job[] = [
  resumed('study', [
    ...STUDY,
    ...['--arms', 'scratch,identity,matched,consistency', '--seeds', '1', '--labels', '3'],
  ]),
];

/** What is done with a run or a data folder. */
export const COMMANDS: readonly Job[] = [
  replaced('evaluate', 'evaluate', '../run', '--csv', 'out.csv'),
  replaced('predict', 'predict', '../run', '../data/images', '--out', 'out'),
  replaced('predict annotations', 'predict', '../run', '../data/images', '--out', 'out', '--format', 'coco'),
  replaced('data convert', 'data', 'convert', '../data', 'out', '--to', 'yolo'),
  replaced(
    'data synth',
    'data',
    'synth',
    '--out',
    'out',
    '--count',
    '6',
    '--labelled',
    '2',
    '--test',
    '2',
    '--size',
    '64',
  ),
  replaced('export', 'export', '../run', 'out.onnx'),
  replaced('export as a page', 'export', '../run', '--page', 'out'),
  replaced('features', 'features', '../data/images', '--encoder', '../encoder.safetensors', '--out', 'out'),
  inRun('report', 'report', 'out'),
  inRun('card', 'card', 'out'),
  inRun('subgroups', 'subgroups', 'out'),
  inRun('next', 'next', 'out', '--plain', '../plain/images', '--count', '3'),
];
