import { Command } from 'commander';
import { exportRun } from '../index.ts';
import { print } from './outcome.ts';
import { Progress } from './progress.ts';
import { weightsOption } from './run-commands.node.ts';

export function exportCommand(): Command {
  return new Command('export')
    .description("write a run's network as one ONNX file")
    .argument('<run>', 'folder of a run')
    .argument('<file>', 'the file to write, as model.onnx')
    .addOption(weightsOption())
    .option('--encoder <name|file>', "encoder (default: the run's)")
    .option('--gates', 'add an input skip_gates [5]: factors of the four skips and the bottleneck')
    .option('--overwrite', 'replace that file')
    .option('--json', 'print the result as JSON')
    .action(
      async (
        run: string,
        out: string,
        flags: { weights: 'auto'; encoder?: string; gates?: boolean; overwrite?: boolean; json?: boolean },
      ) => {
        const progress = new Progress(process.stderr);
        const { metadata, ...result } = await exportRun({ ...flags, ...progress.hooks(), run, out });
        const facts = Object.entries(metadata).map((fact) => `  ${fact.join(': ')}`);
        const text = [`${result.file}, ${(result.bytes / 1e6).toFixed(1)} MB`, ...facts].join('\n');
        print({ json: { ...result, metadata }, text }, progress, flags.json);
      },
    );
}
