import { inform } from '../core/events.ts';
import { owning } from '../core/lock/lock.node.ts';
import { checkData } from '../data/check/check.node.ts';
import type { RunContext } from '../events/run-event.ts';
import { RUN } from '../records/entries.ts';
import { readEntry } from '../records/entry.node.ts';
import { findExpectation } from '../runs/expect.node.ts';
import { expectedOfImages } from '../runs/expected-of-images.node.ts';
import type { Expecting } from '../runs/held-out.node.ts';
import { chosenNext } from '../runs/next.node.ts';
import { openRun } from '../runs/open-run.node.ts';
import { suspectsOf } from '../runs/suspects.node.ts';
import { givenLabelling } from '../settings/labelling.node.ts';
import { channelsOf, givenIntensity } from '../settings/pixels.ts';
import type { AnswerView } from './api.ts';
import type { Dataset } from './dataset.node.ts';
import type { QuestionName } from './questions.ts';

/** Of a question: the folder, and the run folder of the newest network, for questions that ask it. */
interface Asked {
  readonly dataset: Dataset;
  readonly run: string;
}

/** So many images are put in an order. */
const MOST_NEXT = 200;
/** As the command line has them. */
const FOLDS = 5;
const VIEWS = 4;
const THREADS = 'auto';

const two = (value: number): string => value.toFixed(2);

/** How each question is answered. @returns undefined if it was stopped @throws the reason of `signal`, too */
export const ANSWERS: Readonly<
  Record<QuestionName, (asked: Asked, context: RunContext) => Promise<AnswerView | undefined>>
> = {
  check: async ({ dataset }, { signal, onEvent }) => {
    const { root, reading } = dataset;
    const { dataFormat, maskSuffix, unmarked, pages, multilabel } = reading;
    const onProgress = (done: number, total: number) =>
      onEvent?.({ type: 'phase', phase: 'reading images', done, total });
    const given = { ...(await givenLabelling(reading)), multilabel };
    const pixels = { intensity: givenIntensity(reading), channels: channelsOf(reading) };
    // One thread: a training may be under way.
    const read = { dataFormat, maskSuffix, unmarked, pages, given, pixels, workers: 1, onProgress, signal };
    const { problems } = await checkData(root, read);
    const notes = new Map<string, string[]>();
    for (const { message, stems = [] } of problems)
      for (const stem of stems) notes.set(stem, [...(notes.get(stem) ?? []), message]);
    return {
      told: problems.flatMap(({ message, stems }) => (stems ? [] : [message])),
      images: [...notes].map(([stem, messages]) => ({ stem, text: messages.join('; ') })),
    };
  },

  next: async ({ run: path }, context) => {
    const { run, how } = await opened(path, context);
    const wanted = { count: MOST_NEXT, strategy: 'uncertain-diverse' } as const;
    const { images, candidates, duplicates } = await chosenNext(run, wanted, how, context);
    return {
      told: [
        `${images.length} of ${candidates} images without mask are in this order${duplicates > 0 ? `; ${duplicates} are left out, as there is one like them` : ''}`,
      ],
      images: images.map(({ stem, uncertainty, marked }, i) => ({
        stem,
        text: `${i + 1}: uncertainty ${two(uncertainty)}${marked ? '' : ', nothing marked'}`,
      })),
    };
  },

  expected: async ({ dataset, run: path }, context) => {
    const { run, how } = await opened(path, context);
    if (!(await readEntry(path, RUN.expectation)) && !(await foundOut(path, context))) return undefined;
    const samples = dataset.samples.filter(({ mask }) => mask === undefined);
    const found =
      samples.length > 0 ? await expectedOfImages(run, { folder: dataset.root, samples }, how, context) : [];
    const sorted = found.sort((a, b) => a.expected.dice - b.expected.dice);
    return {
      told: ['the lower bounds hold with a probability of 95 %, for images like those of the training'],
      images: sorted.map(({ stem, expected: { dice, bound } }) => ({
        stem,
        text: `expected ${two(dice)}${bound === undefined ? ', unlike the training' : `, at least ${two(bound)}`}`,
      })),
    };
  },

  suspects: async ({ run: path }, context) => {
    const { run, how } = await opened(path, context);
    const folds = { ...how, folds: FOLDS, weights: 'last' } as const;
    const found = await owning(path, () => suspectsOf(run, folds, context));
    return (
      found && {
        told: ['what is suspicious need not be wrong: look at it'],
        images: found.map(({ stem, suspicion, dice, expected }) => ({
          stem,
          text: `suspicion ${two(suspicion)}: Dice ${two(dice)} where ${two(expected)} is expected`,
        })),
      }
    );
  },
};

async function opened(path: string, context: RunContext) {
  const run = await openRun(path, context);
  const how: Expecting = { views: VIEWS, weights: run.weights, threads: THREADS };
  return { run, how };
}

/** @returns whether it came to its end */
async function foundOut(path: string, context: RunContext): Promise<boolean> {
  inform(context, 'networks are trained that each hold out a part of the masks');
  return (await owning(path, () => findExpectation({ run: path }, context))) !== undefined;
}
