import { Command } from 'commander';
import { manifest } from '../core/manifest.node.ts';
import { auditCommand } from './audit-command.node.ts';
import { benchCommand } from './bench-command.node.ts';
import { cardCommand } from './card-command.node.ts';
import { compareCommand } from './compare-command.node.ts';
import { completionCommand } from './completion-command.node.ts';
import { dataCommand } from './data-commands.node.ts';
import { demoCommand } from './demo-command.node.ts';
import { devicesCommand } from './devices-command.node.ts';
import { doctorCommand } from './doctor-command.node.ts';
import { encodersCommand } from './encoders-command.node.ts';
import { expectCommand } from './expect-command.node.ts';
import { featuresCommand } from './features-command.node.ts';
import { nextCommand } from './next-command.node.ts';
import { previewCommand } from './preview-command.node.ts';
import { reportCommand } from './report-command.node.ts';
import { evaluateCommand, exportCommand, predictCommand } from './run-commands.node.ts';
import { serveCommand } from './serve-command.node.ts';
import { studyCommand } from './study-command.node.ts';
import { subgroupsCommand } from './subgroups-command.node.ts';
import { suspectsCommand } from './suspects-command.node.ts';
import { pretrainCommand, trainCommand } from './training-commands.node.ts';

/** `fewmask` and its commands. */
export function program(): Command {
  const root = new Command('fewmask')
    .description('Train a segmentation network from few masks and many plain images, and know what helped.')
    .version(manifest.version, '-V, --version', 'Print the version');
  const commands = [
    demoCommand,
    previewCommand,
    pretrainCommand,
    trainCommand,
    evaluateCommand,
    predictCommand,
    expectCommand,
    suspectsCommand,
    nextCommand,
    subgroupsCommand,
    cardCommand,
    exportCommand,
    auditCommand,
    studyCommand,
    compareCommand,
    reportCommand,
    dataCommand,
    serveCommand,
    benchCommand,
    encodersCommand,
    featuresCommand,
    devicesCommand,
    doctorCommand,
    () => completionCommand(root),
  ];
  for (const command of commands) root.addCommand(command());
  for (const command of withNested(root)) {
    command.helpOption('-h, --help', 'Show this help');
    if (command.commands.length > 0) command.helpCommand('help [command]', 'Show the help of a command');
  }
  return root;
}

/** A command, the commands in it, and so on. */
export function withNested(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withNested)];
}
