import type { Row } from '../core/csv.ts';
import { mean } from '../core/mean.ts';
import {
  foreground,
  type Labelling,
  ONE_OBJECT,
  onlyClass,
  planesOf,
  UNKNOWN,
} from '../data/masks/labelling.ts';
import { objectMap } from '../data/masks/parts.ts';
import { overlapOverClasses, type ScoresOfClass } from '../eval/class-scores.ts';
import { type SetScores, setScores, sumOfConfusions } from '../eval/confusion.ts';
import { type MaskRule, PLAIN_RULE } from '../eval/mask-rule.ts';
import { METRIC_NAMES, type Metric, OVERLAP_METRICS } from '../eval/metrics.ts';
import {
  type ObjectScores,
  type ObjectSummary,
  objectRow,
  objectScores,
  objectScoresTogether,
  summariseObjects,
} from '../eval/object-scores.ts';
import { objectsOf } from '../eval/objects.ts';
import { type Overlap, overlap } from '../eval/overlap.ts';
import type { Scoring } from '../eval/scoring.ts';
import { type Summaries, summariseAll } from '../eval/summary.ts';
import type { Loss } from '../nn/losses.ts';
import { markExclusive } from './mark-exclusive.ts';
import { markOne } from './mark-one.ts';
import { markOverlapping } from './mark-overlapping.ts';
import type { Marking, NativeScores } from './marking.ts';
import type { Objective } from './objective.ts';

/** Scores of one image: at the mask's own size and at the network's; of several classes the means of those that it has. */
export interface SegmentationScores extends NativeScores {
  readonly network: Overlap;
  /** Where they were asked for, at the mask's own size. */
  readonly objects?: ObjectScores;
}

/** The scores of a test set in short. */
export interface TestSummary {
  readonly images: number;
  readonly native: Summaries<Metric>;
  readonly network: Summaries<keyof Overlap>;
  /** Where they were asked for. */
  readonly objects?: ObjectSummary;
  /** Of several classes: of each, by name, over the images that have something of it. */
  readonly classes?: Readonly<Record<string, ClassSummary>>;
  /** Of several classes of which each pixel has one: over all pixels of the set. */
  readonly set?: SetScores;
  /** For `set`: pixels by true class (rows) and predicted class (columns). */
  readonly confusion?: readonly (readonly number[])[];
}

/** Of a class of which there is nothing, in truth or prediction, there are no scores. */
export interface ClassSummary {
  readonly images: number;
  readonly native?: Summaries<Metric>;
}

/** What is said of a segmentation beside its loss. */
export interface SegmentOptions {
  /** What masks mean; default one class, white on black. */
  readonly labelling?: Labelling;
  /** How a finished network's probabilities become masks. */
  readonly rule?: MaskRule;
  /** Whether images may have a border, of which nothing is known. */
  readonly padded?: boolean;
  /** Whether finished networks are scored by the connected parts of their masks, too. */
  readonly objects?: boolean;
}

/** Marks the classes of a set, pixel by pixel. */
export function segment(
  loss: Loss,
  { labelling = ONE_OBJECT, rule = PLAIN_RULE, padded = false, objects = false }: SegmentOptions = {},
): Objective<SegmentationScores, TestSummary> {
  const marking = markingOf(labelling, rule);
  const names = foreground(labelling).map(({ name }) => name);
  const weighted = padded || labelling.ignore.length > 0;
  const planes = planesOf(labelling);
  const scored = (masks: readonly Uint8Array[], target: Float32Array, weight: Float32Array | undefined) =>
    overlapOverClasses(
      marking
        .actual(target, masks[0].length)
        .map((actual, k) => ({ predicted: masks[k], actual: withWeight(actual, weight) })),
    );
  return {
    name: 'segmentation',
    paints: false,
    head: marking.head,
    weighted,
    loss,
    target: ({ mask }, images) => marking.target(mask!, mask!.length / (images * planes)),
    ...(weighted && { weight: ({ mask }, images) => knownPixels(mask!, planes, images) }),
    scores: (output, target, weight) => {
      const area = output.length / marking.head.channels;
      const masks = marking
        .marked(output, { height: 1, width: area })
        .map((mask) => withWeight(mask, weight));
      const { dice, iou } = scored(masks, target, weight);
      return { dice, iou };
    },
    classes: names.map((name, k) => ({
      ...{ name, channel: marking.channels[k] },
      dice: (output, target, weight) => {
        const area = output.length / marking.head.channels;
        const predicted = marking.marked(output, { height: 1, width: area })[k];
        const actual = marking.actual(target, area)[k];
        return overlap(withWeight(predicted, weight), withWeight(actual, weight)).dice;
      },
    })),
    pseudo: marking.pseudo,
    better: { score: 'dice', sign: 1 },
    scoring: objects ? withObjects(scoringBy(marking, labelling), marking) : scoringBy(marking, labelling),
    output: {
      name: 'probability',
      facts: factsOf(labelling, rule),
      pictures: marking.pictures,
      byThreshold: onlyClass(labelling) !== undefined,
      masks: marking.masksAt,
      objects: (output, size, native) => objectsOf(marking.masksAt(output, size, native), size, native),
      measures: (output, size) => {
        const areas = marking.marked(output, size).map((mask) => mean([...mask]));
        return areas.length === 1
          ? { area: areas[0] }
          : Object.fromEntries(names.map((name, k) => [`area:${name}`, areas[k]]));
      },
    },
  };
}

/** At the mask's own size the probabilities are resized bilinearly, then made a mask. */
function scoringBy(marking: Marking, labelling: Labelling): Scoring<SegmentationScores, TestSummary> {
  const names = foreground(labelling).map(({ name }) => name);
  const planes = planesOf(labelling);
  return {
    needsMasks: true,
    score: ({ output, mask, truth, size }) => {
      const area = size.height * size.width;
      const target = marking.target(new Float32Array(mask!), area);
      const known = knownPixels(mask!, planes, 1);
      const marked = marking.marked(output, size).map((each) => withWeight(each, known));
      const actual = marking.actual(target, area).map((each) => withWeight(each, known));
      return {
        ...marking.scoresAt(output, size, truth!),
        network: overlapOverClasses(marked.map((predicted, k) => ({ predicted, actual: actual[k] }))),
      };
    },
    row: (scores) => rowOf(scores, names),
    summarise: (scores) => ({
      ...summariseScores(scores),
      ...(names.length > 1 && summaryOfClasses(scores, labelling)),
    }),
  };
}

/** What is told of scores whatever the classes. @param scores of at least one image */
export function summariseScores(scores: readonly SegmentationScores[]): TestSummary {
  return {
    images: scores.length,
    native: summariseAll(
      METRIC_NAMES,
      scores.map(({ native }) => native),
    ),
    network: summariseAll(
      OVERLAP_METRICS,
      scores.map(({ network }) => network),
    ),
  };
}

/** To six digits, native scores first, then those at the network's size, then those of each class. */
function rowOf({ native, network, classes }: SegmentationScores, names: readonly string[]): Row {
  const short = (score: number) => Number(score.toPrecision(6));
  const ofClass = (name: string, k: number) =>
    METRIC_NAMES.map((metric) => {
      const value = classes!.each[k][metric];
      return [`${metric}:${name}`, value === undefined ? '' : short(value)] as const;
    });
  return {
    ...Object.fromEntries(METRIC_NAMES.map((metric) => [metric, short(native[metric])])),
    ...Object.fromEntries(OVERLAP_METRICS.map((metric) => [`net_${metric}`, short(network[metric])])),
    ...(classes && Object.fromEntries(names.flatMap(ofClass))),
  };
}

const hasSomething = (scores: ScoresOfClass): scores is NativeScores['native'] => scores.dice !== undefined;

function summaryOfClasses(
  scores: readonly SegmentationScores[],
  labelling: Labelling,
): Pick<TestSummary, 'classes' | 'set' | 'confusion'> {
  const ofClass = (k: number): ClassSummary => {
    const present = scores.map(({ classes }) => classes!.each[k]).filter(hasSomething);
    return {
      images: present.length,
      ...(present.length > 0 && { native: summariseAll(METRIC_NAMES, present) }),
    };
  };
  const confusions = scores.flatMap(({ classes }) => (classes!.confusion ? [classes!.confusion] : []));
  const confusion = confusions.length > 0 ? sumOfConfusions(confusions) : undefined;
  const all = labelling.classes.map(({ name }) => name);
  const names = foreground(labelling).map(({ name }) => name);
  return {
    classes: Object.fromEntries(names.map((name, k) => [name, ofClass(k)])),
    ...(confusion && { set: setScores(confusion, all, names), confusion }),
  };
}

/** What has to be known of a segmentation's output. */
function factsOf(labelling: Labelling, { threshold }: MaskRule): Record<string, string> {
  const only = onlyClass(labelling);
  const classes = only ? [only] : labelling.classes;
  const exclusive = !only && !labelling.multilabel;
  return {
    output_range: '[0, 1]',
    class_names: JSON.stringify(classes.map(({ name }) => name)),
    class_numbers: JSON.stringify(classes.map(({ number }) => number)),
    class_colours: JSON.stringify(classes.map(({ colour }) => colour)),
    ...(exclusive
      ? { decision: 'the class with the largest probability' }
      : { threshold: String(threshold) }),
  };
}

function markingOf(labelling: Labelling, rule: MaskRule): Marking {
  if (labelling.multilabel) return markOverlapping(labelling, rule);
  return onlyClass(labelling) ? markOne(labelling, rule) : markExclusive(labelling, rule);
}

/** [B, 1, H, W]: 1 where all planes of a mask [B, planes, H, W] are known, 0 elsewhere. */
function knownPixels(mask: Float32Array, planes: number, images: number): Float32Array<ArrayBuffer> {
  const area = mask.length / (planes * images);
  const known = new Float32Array(images * area).fill(1);
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === UNKNOWN) known[Math.floor(i / (planes * area)) * area + (i % area)] = 0;
  }
  return known;
}

/** A mask without the pixels that do not count. */
function withWeight(mask: Uint8Array, weight: Float32Array | undefined): Uint8Array {
  return weight ? mask.map((value, i) => (weight[i] > 0 ? value : 0)) : mask;
}

/** Masks scored as objects, too: the connected parts of each class. */
function withObjects(
  { score, row, summarise, ...rest }: Scoring<SegmentationScores, TestSummary>,
  marking: Marking,
): Scoring<SegmentationScores, TestSummary> {
  return {
    ...rest,
    score: (image) => {
      const truth = image.truth!;
      const marked = marking.masksAt(image.output, image.size, truth);
      const area = truth.height * truth.width;
      const each = marking.masksOf(truth).map((actual, k) => {
        const plane = truth.planes > 1 ? truth.data.subarray(k * area, (k + 1) * area) : truth.data;
        const predicted = marked[k].mask.map((value, i) => (plane[i] === UNKNOWN ? 0 : value));
        return objectScores(objectMap(predicted, truth), objectMap(actual, truth));
      });
      return { ...score(image), objects: objectScoresTogether(each) };
    },
    row: (scores) => ({ ...row(scores), ...objectRow(scores.objects!) }),
    summarise: (scores) => ({
      ...summarise(scores),
      objects: summariseObjects(scores.map(({ objects }) => objects!)),
    }),
  };
}
