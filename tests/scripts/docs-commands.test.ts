import { expect, test } from 'vitest';
import { commandsOf, filesOf, smaller, whyNot } from '../../scripts/docs/commands.ts';

const DOCUMENT = `# A page

\`\`\`sh
npm start       # sets up
npx fewmask train --data DATA --labels 88 --out runs/seg
\`\`\`

\`\`\`yaml
# study.yaml
labels: [22x3, 88]   # budgets
pretrainEpochs: 6
\`\`\`

\`\`\`text
npx fewmask nothing
\`\`\`
`;

test('commands are the lines of blocks marked sh, without their comments', () => {
  const commands = ['npm start', 'npx fewmask train --data DATA --labels 88 --out runs/seg'];
  expect(commandsOf('page.md', DOCUMENT)).toEqual(commands);
});

test('an example names its command in its first lines', () => {
  const text = '// Does it.\n//\n//   node examples/a.mjs x\n//\n// Words.\nrun();\n//   node no.mjs\n';
  expect(commandsOf('examples/a.mjs', text)).toEqual(['node examples/a.mjs x']);
});

test('commands and settings files become smaller, and stay what they are', () => {
  const [, train] = commandsOf('page.md', DOCUMENT);
  expect(smaller(train)).toMatch(
    /^npx fewmask train --data DATA --labels 10 --out runs\/seg --size 32 .*--epochs 1$/,
  );
  const [{ name, content }] = filesOf(DOCUMENT);
  expect(name).toBe('study.yaml');
  expect(smaller(content)).toContain('labels: [6x2, 10]   # budgets\npretrainEpochs: 1\n');
});

test('what is not run has a reason', () => {
  expect(whyNot('npm test')).toBe('it runs this');
  expect(whyNot('npx fewmask data check DATA')).toBeUndefined();
});
