import { join } from 'node:path';
import type { Command } from 'commander';
import { quoted } from '../core/shell.ts';
import { readEncoder } from '../encoders/read.node.ts';
import { overwriteSetting } from '../settings/output.ts';
import { setting } from '../settings/setting.ts';
import { shared, text } from '../settings/shared.ts';
import type { StudyOptions } from '../study/config.ts';
import { commandOf } from './command.ts';
import { onInterrupt } from './interrupt.node.ts';
import { library } from './library.ts';
import { studyOutcome } from './study-command.node.ts';

/** Small enough to be done in a few minutes on two cores, large enough to have something to say. */
const IMAGES = { count: 224, labelled: 24, test: 40, size: 128, seed: 0 } as const;
const STUDY = {
  size: 96,
  decoderChannels: '128,64,32,16,8',
  batch: 8,
  steps: 180,
  epochSteps: 90,
  validation: 'auto',
  seeds: 3,
  baseline: 'classic',
  // In so few steps a frozen encoder does better with a higher rate than the default.
  arms: { classic: { lr: 3e-3 }, full: {} },
  primary: 'full',
} as const satisfies Omit<StudyOptions, 'data'>;

const INTRODUCTION = `The question: what does the recipe of \`fewmask train\` gain from few masks and many plain images?
${IMAGES.count} synthetic endoscopy images: ${IMAGES.labelled} with masks to learn from, ${IMAGES.test} with masks to test on, the others without.
Two arms, each with ${STUDY.seeds} seeds and ${STUDY.steps} steps:
  classic   the encoder is frozen, images are flipped
  full      the encoder is trained, images are warped and recoloured, weights are averaged, plain images teach, too
`;

const flags = {
  encoder: shared.encoder,
  out: setting(text.default(join('runs', 'demo')), 'Output', 'Folder to write', { placeholder: 'dir' }),
  overwrite: overwriteSetting('Start again. Otherwise a stopped demo is continued'),
};

/** The last words: what has been seen, where to look, what to do next. */
const nextSteps = (
  report: string,
  data: string,
) => `This was a small trial: it shows how a study works, and ${STUDY.seeds} seeds are too few to claim anything.
Open ${quoted(report)} in a browser to see what each arm scored and what its network found in the images.
Look at the images and paint masks on a page: npx fewmask serve ${quoted(data)}
Then put your own images in a folder like ${quoted(data)} and run: npx fewmask train --data DIR --out runs/mine`;

/** The whole job on synthetic images, for whoever has no data at hand. */
export function demoCommand(): Command {
  return commandOf(
    'demo',
    'The whole job on synthetic images, in a few minutes: draw, train, compare, report',
    flags,
    async ({ encoder, out, overwrite }, context, progress) => {
      const interrupt = onInterrupt(progress);
      try {
        progress.line(INTRODUCTION);
        // Before the drawing: without a connection it ends here.
        await readEncoder(encoder, context);
        const data = join(out, 'images');
        await (await library()).synthesise(IMAGES, { out: data, overwrite: true, ...context });
        const output = { out: join(out, 'study'), overwrite, resume: !overwrite };
        const caller = { ...context, signal: interrupt.signal, command: 'fewmask demo' };
        const summary = await (await library()).study({ ...STUDY, data, encoder }, { ...output, ...caller });
        const outcome = await studyOutcome(summary, output);
        return summary.interrupted
          ? outcome
          : { ...outcome, text: `${outcome.text}\n\n${nextSteps(join(output.out, 'report.html'), data)}` };
      } finally {
        interrupt.release();
      }
    },
  );
}
