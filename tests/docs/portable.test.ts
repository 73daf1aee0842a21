import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const source = fileURLToPath(new URL('../../src', import.meta.url));

interface Alone {
  readonly what: string;
  readonly pattern: RegExp;
  /** Where it may be named, as another way is taken where it is missing. */
  readonly may?: readonly string[];
}

/** What is there on one system alone. */
const ALONE: readonly Alone[] = [
  {
    what: 'places of Linux',
    pattern: /['"`]\/(tmp|proc|dev|etc|usr|var|home)\//,
    may: ['core/lock/owner.node.ts', 'bench/pytorch.node.ts'],
  },
  // Node.js says SIGHUP there, too, when the console is closed.
  { what: 'signals that Windows has not', pattern: /['"]SIG(?!INT|TERM|KILL|HUP)[A-Z0-9]+['"]/ },
  { what: 'users and rights of Unix', pattern: /\b(getuid|geteuid|getgid|chmod|chown)\b/ },
  {
    what: 'programs of Unix',
    pattern: /(execFile|spawn|runProgram)\(\s*['"](sh|bash|ps|kill|cp|mv|rm|ln|tar|grep|nproc|free|df)['"]/,
  },
  {
    what: 'paths put together by hand',
    pattern: /\$\{(out|folder|dir|root|place\.out|this\.folder|this\.path)\}\/[\w$]/,
    // Text; scripts for Slurm; and names within a data folder, which have slashes everywhere.
    may: ['cli/', 'cluster/script.ts', 'data/folders/'],
  },
  { what: 'ends of lines of one system', pattern: /['"`]\\r\\n['"`]/ },
  {
    what: 'characters that Windows allows in no name of a file',
    pattern: /(?<![.\w])join\([^)'"`]*['"][^'"]*[<>:|?*][^'"]*['"]/,
  },
];

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({
    name: relative('.', name).replaceAll('\\', '/'),
    text: readFileSync(join(source, name), 'utf8'),
  }));

test.each(ALONE)('no source file relies on $what', ({ pattern, may = [] }) => {
  const found = files
    .filter(({ name }) => !may.some((allowed) => name.startsWith(allowed)))
    .flatMap(({ name, text }) =>
      text
        .split('\n')
        .flatMap((line, i) =>
          pattern.test(line) && !/^\s*(\/\/|\*|\/\*\*)/.test(line)
            ? [`${name}:${i + 1}: ${line.trim()}`]
            : [],
        ),
    );
  expect(found).toEqual([]);
});

test.each([
  ["open('/tmp/x')", 0],
  ["process.on('SIGUSR2', stop)", 1],
  ['process.getuid()', 2],
  ["runProgram('df', [])", 3],
  [`write(\`\${folder}/file.txt\`)`, 4],
  ["join(out, 'a:b.txt')", 6],
])('%s would be found', (line, index) => {
  expect(ALONE[index].pattern.test(line)).toBe(true);
});
