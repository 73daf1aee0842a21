import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OWN_NAMES, RUN, STUDY } from '../../src/records/entries.ts';
import { expectEntry, readEntry, readSummary, writeEntry } from '../../src/records/entry.node.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const put = (name: string, text: string) => writeFile(join(root, name), text);

test('what is written is read again', async () => {
  const splits = { train: [{ stem: 'a', image: '00', mask: '11' }], validation: [], test: [] };
  await writeEntry(root, RUN.splits, splits);
  expect(await expectEntry(root, RUN.splits)).toEqual(splits);
  await writeEntry(root, RUN.test, [{ stem: 'a, b', dice: 0.5 }]);
  expect(await readEntry(root, RUN.test)).toEqual([{ stem: 'a, b', dice: '0.5' }]);
});

test('what is not there is nothing, unless it is needed', async () => {
  expect(await readEntry(root, RUN.summary)).toBeUndefined();
  expect(await refusal(expectEntry(root, RUN.summary))).toMatch(/summary\.json: got no such file/);
});

test.each([
  [RUN.settings, 'kind: [', /config\.yaml: got no YAML/],
  [RUN.settings, '- a', /config\.yaml: got .* expected .*settings/],
  [RUN.summary, '{"kind": "train"}', /summary\.json: interrupted: got /],
  [RUN.summary, '{"kind": "study", "interrupted": false, "arms": [{}]}', /summary\.json: arms\.0\.arm: got /],
  [
    RUN.splits,
    '{"train": [{"stem": 1}], "validation": [], "test": []}',
    /splits\.json: train\.0\.stem: got /,
  ],
  [RUN.metrics, '{"step": 1}\n{"st\n{"step": 3}\n', /metrics\.jsonl, line 2: got no JSON/],
  [RUN.metrics, '{"step": 1}\n{"loss": 3}\n', /metrics\.jsonl, line 2: got neither step nor epoch/],
  [RUN.test, 'image,dice\na,1\n', /test\.csv: got no column "stem"/],
  [RUN.splits, 'null', /splits\.json: got .* expected the images of a run/],
  [RUN.test, 'stem,dice\na,1\nb,0.', /test\.csv: got a last line without its end/],
  [RUN.test, 'stem,dice,iou\na,1,1\nb,1\n', /test\.csv, row 2 after the header: got 2 cells, not 3/],
  [RUN.test, 'stem,dice\na,1\nb,high\n', /test\.csv, row 2 after the header, dice: got "high", no number/],
  [RUN.test, 'stem,dice,dice\na,1,2\n', /test\.csv: got two columns "dice"/],
  [RUN.test, 'stem,dice\n"a,1\n', /test\.csv, line 2: got .*quotes that are not closed/],
  [RUN.test, '', /test\.csv: got an empty file/],
  [STUDY.findings, '{"baseline": "scratch", "arms": [1]}', /analysis\.json: arms\.0: got /],
  [STUDY.runs, 'arm,seed\na,1\n', /runs\.csv: got no column "labels", "draw"/],
])('a damaged file is refused, its place named: %#', async (entry, text, message) => {
  await put(entry.name, text);
  expect(await refusal(expectEntry<unknown>(root, entry))).toMatch(message);
});

test('a row that its writer has not ended is passed over', async () => {
  await put(RUN.metrics.name, '{"step": 1, "train_loss": null}\n{"step": 2, "tra');
  expect(await readEntry(root, RUN.metrics)).toEqual([{ step: 1, train_loss: null }]);
});

test('text in another encoding is read as what it is, or refused; no letter is guessed', async () => {
  const cells = 'stem,dice\ngröße,1\n';
  const bytes = (text: string, encoding: BufferEncoding) => Buffer.from(text, encoding);
  const putBytes = (content: Buffer) => writeFile(join(root, RUN.test.name), content);
  await putBytes(bytes(cells, 'latin1'));
  expect(await refusal(expectEntry(root, RUN.test))).toMatch(/test\.csv: got text that is no UTF-8/);
  await putBytes(bytes(`\ufeff${cells}`, 'utf16le'));
  expect(await expectEntry(root, RUN.test)).toEqual([{ stem: 'größe', dice: '1' }]);
  await put(RUN.splits.name, '\ufeff{"train": [], "validation": [], "test": []}');
  expect(await expectEntry(root, RUN.splits)).toMatchObject({ train: [] });
});

test('a row that is cut within a letter is passed over, too', async () => {
  const rows = Buffer.from('{"step": 1, "dice_息": 1}\n{"step": 2, "dice_息');
  await writeFile(join(root, RUN.metrics.name), rows.subarray(0, -1));
  expect(await readEntry(root, RUN.metrics)).toEqual([{ step: 1, dice_息: 1 }]);
});

test('what overwriting takes away is files and folders of the folder itself, the summary first', () => {
  expect(OWN_NAMES[0]).toBe('summary.json');
  expect(OWN_NAMES).not.toContain('config.yaml');
  for (const name of OWN_NAMES) expect(name).not.toContain('/');
});

test('a summary of another kind than the settings is refused', async () => {
  await put(RUN.summary.name, '{"kind": "study", "interrupted": false, "arms": [], "seconds": 1}');
  expect(await readSummary(root, 'study')).toMatchObject({ seconds: 1 });
  expect(await refusal(readSummary(root, 'train'))).toMatch(
    /summary\.json: got the summary of a study, expected that of a train/,
  );
});
