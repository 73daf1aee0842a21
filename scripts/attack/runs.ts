import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { parse, stringify } from 'yaml';
import { UserError } from '../../src/core/errors.ts';
import type { RandomStream } from '../../src/core/random.ts';
import { writeReport } from '../../src/library/report.node.ts';
import { subgroups } from '../../src/library/subgroups.node.ts';
import { cardOf } from '../../src/runs/card.node.ts';
import { exportRun } from '../../src/runs/export.node.ts';
import { openRun } from '../../src/runs/open-run.node.ts';
import { runTraining } from '../../tests/support/classic.ts';
import { tinySettings } from '../../tests/support/tiny.ts';
import type { Attacker } from './attacker.ts';
import { mutatedBytes, mutatedJson, mutatedText } from './mutate.ts';
import { scratchFolder } from './scratch.ts';

const READERS: readonly ((run: string) => Promise<unknown>)[] = [
  openRun,
  writeReport,
  (run) => cardOf({ run }),
  (run) => exportRun({ run }, { out: join(run, 'model.onnx') }),
  (run) => subgroups({ run }),
];

/** A run folder of which a file is changed, opened, reported and described. */
export const runs: Attacker = {
  name: 'runs',
  what: 'damaged run folders: opened, reported, described',
  prepare: async () => {
    const root = await scratchFolder();
    const { settings } = await tinySettings(root);
    const sound = join(root, 'sound');
    await runTraining(settings, { out: sound });
    const found = await readdir(sound, { recursive: true, withFileTypes: true });
    const files = found
      .filter((entry) => entry.isFile() && entry.name !== 'report.html')
      .map((entry) => relative(sound, join(entry.parentPath, entry.name)));
    let count = 0;
    return (stream) => {
      const file = files[stream.integer(files.length)];
      const damaged = join(root, `damaged-${count++}`);
      return {
        text: file,
        run: async () => {
          await cp(sound, damaged, { recursive: true });
          const path = join(damaged, file);
          await writeFile(path, changed(file, await readFile(path), stream));
          try {
            // Each of them, also where another refuses.
            const made = await Promise.allSettled(READERS.map(async (read) => read(damaged)));
            const failures = made.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
            const fault = failures.find((reason) => !(reason instanceof UserError));
            if (failures.length > 0) throw fault ?? failures[0];
          } finally {
            await rm(damaged, { recursive: true, force: true });
          }
        },
      };
    };
  },
};

/** By what it is: JSON and YAML keep their form, tables and lines their letters. */
function changed(file: string, content: Buffer, stream: RandomStream): string | Uint8Array {
  const text = content.toString();
  const byForm = stream.integer(4) > 0;
  switch (extname(file)) {
    case '.json':
      return byForm ? JSON.stringify(mutatedJson(JSON.parse(text), stream)) : mutatedText(text, stream);
    case '.yaml':
      return byForm ? stringify(mutatedJson(parse(text), stream)) : mutatedText(text, stream);
    case '.jsonl':
    case '.csv':
      return mutatedText(text, stream);
    default:
      return mutatedBytes(content, stream);
  }
}
