import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { audit } from '../index.ts';
import { auditText } from './audit-text.ts';
import { print } from './outcome.ts';
import { Progress } from './progress.ts';
import { weightsOption } from './run-commands.node.ts';

export function auditCommand(): Command {
  return new Command('audit')
    .description('measure whether the image comes through the bottleneck or slips through the skips')
    .argument('<run>', 'folder of a run, of either kind')
    .addOption(weightsOption())
    .option('--images <dir>', "images to audit it on (default: the run's test images)")
    .option('--out-of-domain <dir>', 'images of another kind, which an autoencoder has to paint, too')
    .option('--limit <n>', 'the first n of them by name', wholeNumber)
    .option('--out <dir>', 'folder for audit.json and audit.html (default: <run>/audit)')
    .option('--no-pictures', 'without: pictures of the audited images in audit.html')
    .option('--encoder <name|file>', "encoder (default: the run's)")
    .option('--json', 'print the result as JSON')
    .action(
      async (
        run: string,
        flags: {
          weights: 'auto';
          images?: string;
          outOfDomain?: string;
          limit?: number;
          out?: string;
          pictures: boolean;
          encoder?: string;
          json?: boolean;
        },
      ) => {
        const progress = new Progress(process.stderr);
        const hooks = progress.hooks();
        const { out = join(run, 'audit'), ...options } = flags;
        const { result, page } = await audit(
          { ...options, ...hooks, run, onProgress: (done, total) => progress.count('auditing', done, total) },
          { out, pictures: flags.pictures },
        );
        print({ json: result, text: auditText(result, page!) }, progress, flags.json);
      },
    );
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('expected a whole number from 1 on');
  return Number(text);
}
