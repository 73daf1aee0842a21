import { count, gigabytes } from '../core/format.ts';
import type { StudyPlan } from '../index.ts';
import type { PlannedStep } from '../study/run/estimate.node.ts';
import { threadsOfRun } from '../study/run/plan.ts';
import { powerText } from './power-text.ts';
import { formatDuration } from './progress.ts';
import { alignedTable } from './tables.ts';

/** What a study is going to do and what it takes, for the terminal. */
export function planText(plan: StudyPlan): string {
  const { config, arms, runs, done } = plan;
  const { baseline, primary } = config;
  return [
    `${arms.length} ${arms.length === 1 ? 'arm' : 'arms'}, masks ${config.labels}, baseline ${baseline}; ${
      primary
        ? `primary: ${primary.arm} against ${baseline}, ${primary.metric}, masks ${primary.labels}`
        : 'no primary comparison was named'
    }`,
    '',
    withoutTrailing(
      alignedTable([
        ['arm', 'seeds', 'runs', 'pretraining'],
        ...arms.map(({ arm, pretraining = '-', seeds, runs: own }) => [
          arm,
          String(seeds),
          String(own),
          pretraining,
        ]),
      ]),
    ),
    '',
    ...arms.flatMap(({ arm, differs }) => {
      const told = Object.entries(differs).map(([key, value]) => `${key} ${value}`);
      return told.length > 0 ? [`${arm}: ${told.join(', ')}`] : [];
    }),
    '',
    `${runs} runs${done > 0 ? `, of which ${done} are done` : ''}; ${plan.steps} steps are left`,
    `measured now, ${config.batch} images of ${config.size}: ${plan.kinds.map((kind) => stepText(kind, config)).join('; ')}`,
    `estimated: ${formatDuration(plan.seconds)}, ${gigabytes(plan.memory_bytes)} of memory, ${gigabytes(plan.disk_bytes)} on the disk`,
    tasksText(plan),
    ...(plan.power ? powerText(plan.power) : []),
    'This was a dry run: nothing was started',
  ].join('\n');
}

/** What separate processes could do. */
function tasksText({ tasks, memory_bytes_a_task, config }: StudyPlan): string {
  const longest = Math.max(0, ...tasks.map(({ seconds }) => seconds));
  const threads = threadsOfRun(config);
  return `as ${count(tasks.length, 'task')} of --task or --slurm, each with ${count(threads, 'thread')}: the longest ${formatDuration(longest)}, ${gigabytes(memory_bytes_a_task)} each`;
}

/** `a step that trains the encoder (all) with 8 plain images 870 ms, a prediction 50 ms` */
function stepText(
  { trainEncoder, encoder, plain, step_ms, predict_ms }: PlannedStep,
  config: StudyPlan['config'],
): string {
  const step = [
    trainEncoder === 'none' ? 'a step' : `a step that trains the encoder (${trainEncoder})`,
    ...(encoder === config.encoder ? [] : [`of ${encoder}`]),
    ...(plain > 0 ? [`with ${plain} plain images`] : []),
  ].join(' ');
  return `${step} ${step_ms.toFixed(0)} ms, a prediction ${predict_ms.toFixed(0)} ms`;
}

const withoutTrailing = (text: string) => text.replaceAll(/ +$/gm, '');
