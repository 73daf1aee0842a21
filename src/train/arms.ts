import { parseSize } from './size.ts';

/** Settings of a study that its pretrainings go by. */
interface Given {
  readonly sigma: number;
  readonly correlation: number;
  /** HxW. */
  readonly size: string;
}

/** Settings that a pretraining has for itself. */
interface Task {
  readonly pretext: 'identity' | 'denoise';
  readonly sigma?: number;
  readonly correlation?: number;
  readonly skips?: string;
}

/** The pretrainings of a study: in what each differs from the others. */
export const PRETRAININGS = {
  identity: () => ({ pretext: 'identity' }),
  denoise: ({ sigma, correlation }) => ({ pretext: 'denoise', sigma, correlation }),
  'denoise-coarse': ({ sigma, size }) => ({ pretext: 'denoise', sigma, correlation: eighthOf(size) }),
  'no-skips': () => ({ pretext: 'identity', skips: 'none' }),
  'skip-dropout': () => ({ pretext: 'identity', skips: 'drop:0.5' }),
} satisfies Record<string, (given: Given) => Task>;

export type PretrainingName = keyof typeof PRETRAININGS;

/** What an arm of a study starts fine-tuning from. */
interface Arm {
  /** Where its decoder comes from; arms share a pretraining. Without one it is drawn by the seed. */
  readonly pretraining?: PretrainingName;
  /** What is taken over; default all of the decoder. */
  readonly transfer?: string;
}

const pretrained = (pretraining: PretrainingName, transfer?: string): Arm => ({ pretraining, transfer });

/** The arms that a study may have, by name: a start without pretraining, each pretraining, and controls. */
export const ARMS = {
  scratch: {},
  identity: pretrained('identity'),
  denoise: pretrained('denoise'),
  'denoise-coarse': pretrained('denoise-coarse'),
  'no-skips': pretrained('no-skips'),
  'skip-dropout': pretrained('skip-dropout'),
  matched: pretrained('identity', 'matched'),
  shuffled: pretrained('identity', 'shuffled'),
  'partial-1': pretrained('identity', 'partial:1'),
  'partial-2': pretrained('identity', 'partial:2'),
  'partial-3': pretrained('identity', 'partial:3'),
} satisfies Record<string, Arm>;

export type ArmName = keyof typeof ARMS;
export const ARM_NAMES = Object.keys(ARMS) as [ArmName, ...ArmName[]];

export const armOf = (name: ArmName): Arm => ARMS[name];

/** Of the shorter side: noise as coarse as lesions are. */
function eighthOf(size: string): number {
  const { height, width } = parseSize(size);
  return Math.min(height, width) / 8;
}
