import { join } from 'node:path';
import type { Command } from 'commander';
import { readEncoder } from '../encoders/read.node.ts';
import { overwriteSetting } from '../settings/output.ts';
import { setting } from '../settings/setting.ts';
import { shared, text } from '../settings/shared.ts';
import { commandOf } from './command.ts';
import { onInterrupt } from './interrupt.node.ts';
import { library } from './library.ts';
import { quoted } from './outcome.ts';
import { studyOutcome } from './training-commands.node.ts';

/** Small enough to be done in two minutes on two cores, large enough to have something to say. */
const IMAGES = { count: 224, labelled: 24, test: 40, size: 128, seed: 0 } as const;
const STUDY = {
  size: 64,
  decoderChannels: '128,64,32,16,8',
  batch: 8,
  lr: 3e-3,
  seeds: 3,
  epochs: 26,
  pretrainEpochs: 3,
  primary: 'identity',
} as const;

const INTRODUCTION = `The question: does it help a segmentation network to be pretrained on images without masks?
${IMAGES.count} synthetic endoscopy images: ${IMAGES.labelled} with masks to learn from, ${IMAGES.test} with masks to test on, the others without.
Three arms, each with ${STUDY.seeds} seeds:
  scratch   the decoder starts from random values
  identity  the decoder was pretrained to copy images
  denoise   the decoder was pretrained to remove noise from images
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
Then put your own images in a folder like ${quoted(data)} and run: npx fewmask study --data DIR --out runs/study`;

/** The whole job on synthetic images, for whoever has no data at hand. */
export function demoCommand(): Command {
  return commandOf(
    'demo',
    'The whole job on synthetic images, in a few minutes: draw, pretrain, train, compare, report',
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
