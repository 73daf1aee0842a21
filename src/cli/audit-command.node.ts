import { join } from 'node:path';
import type { Command } from 'commander';
import { auditSchema } from '../audit/settings.ts';
import { pictures } from '../settings/output.ts';
import { setting } from '../settings/setting.ts';
import { text } from '../settings/shared.ts';
import { auditText } from './audit-text.ts';
import { commandOf } from './command.ts';
import { library } from './library.ts';

const outputFlags = {
  out: setting(text.optional(), 'Output', 'Folder for audit.json and audit.html (default: <run>/audit)', {
    placeholder: 'dir',
  }),
  pictures,
};

export function auditCommand(): Command {
  return commandOf(
    'audit',
    'Measure whether an image passes through the bottleneck or through the skip connections',
    { ...auditSchema.shape, ...outputFlags },
    async ({ out, pictures, ...options }, context) => {
      const place = { out: out ?? join(options.run, 'audit'), pictures, ...context };
      const { result, page } = await (await library()).audit(options, place);
      return { json: result, text: auditText(result, page!) };
    },
  );
}
