import type { StudyPlan } from '../index.ts';
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
    `measured now, ${config.batch} images of ${config.size}: a step ${plan.step_ms.toFixed(0)} ms, a prediction ${plan.predict_ms.toFixed(0)} ms`,
    `estimated: ${formatDuration(plan.seconds)}, ${gigabytes(plan.memory_bytes)} of memory, ${gigabytes(plan.disk_bytes)} on the disk`,
    'This was a dry run: nothing was started',
  ].join('\n');
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
const withoutTrailing = (text: string) => text.replaceAll(/ +$/gm, '');
