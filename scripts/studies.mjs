// The studies whose tables are kept in docs/studies, without weights and pictures.
//
//   npm run studies:keep -- OUT NAME    takes the tables of a study, finished or not, into docs/studies/NAME
//   npm run studies:check               makes analysis and comparisons anew from every study's tables, and compares
//
// A study that is not finished goes on with: npx fewmask study .. --known docs/studies/NAME

import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, isAbsolute, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { writeReport } from '../dist/index.js';

const HOME = 'docs/studies';
const TABLES = ['study.csv', 'runs.csv', 'epochs.csv', 'times.csv'];
const FINDINGS = ['analysis.json', 'comparisons.csv'];

const [command, ...args] = process.argv.slice(2);
if (command === 'keep' && args.length === 2) await keep(...args);
else if (command === 'check' && args.length === 0) await check();
else throw new Error('studies: got other arguments, expected keep OUT NAME, or check');

async function keep(out, name) {
  const folder = join(HOME, name);
  mkdirSync(folder, { recursive: true });
  for (const table of TABLES) copyFileSync(join(out, table), join(folder, table));
  // Where data lay, and how the program was called there, is of no use elsewhere.
  const settings = parse(readFileSync(join(out, 'config.yaml'), 'utf8'));
  writeFileSync(join(folder, 'config.yaml'), stringify(withoutPlaces(settings)));
  const { command: _, ...environment } = JSON.parse(readFileSync(join(out, 'environment.json'), 'utf8'));
  writeFileSync(join(folder, 'environment.json'), `${JSON.stringify(environment, null, 2)}\n`);
  for (const pretraining of Object.keys(settings.pretrainings ?? {})) {
    const audit = join(pretraining, 'seed-0', 'pretrain', 'audit');
    if (!existsSync(join(out, audit, 'audit.json'))) continue;
    mkdirSync(join(folder, audit), { recursive: true });
    copyFileSync(join(out, audit, 'audit.json'), join(folder, audit, 'audit.json'));
  }
  console.log(await writeReport(folder, { images: false }));
}

function withoutPlaces(settings) {
  if (Array.isArray(settings)) return settings.map(withoutPlaces);
  if (typeof settings === 'string') return isAbsolute(settings) ? basename(settings) : settings;
  if (typeof settings !== 'object' || settings === null) return settings;
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, withoutPlaces(value)]));
}

async function check() {
  const names = existsSync(HOME) ? readdirSync(HOME) : [];
  for (const name of names) {
    const work = mkdtempSync(join(tmpdir(), 'fewmask-study-'));
    try {
      cpSync(join(HOME, name), work, { recursive: true });
      await writeReport(work, { images: false });
      const differing = FINDINGS.filter(
        (file) => !readFileSync(join(work, file)).equals(readFileSync(join(HOME, name, file))),
      );
      console.log(
        `${name}: ${differing.length > 0 ? `${differing.join(', ')} differ` : 'as its tables say'}`,
      );
      if (differing.length > 0) process.exitCode = 1;
    } finally {
      rmSync(work, { recursive: true });
    }
  }
}
