import { existsSync } from 'node:fs';
import { appendFile, copyFile, cp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { runPretraining } from '../../src/train/pretrain.node.ts';
import { runTraining } from '../support/classic.ts';
import { refusal } from '../support/expect-user-error.ts';
import { listening } from '../support/listening.ts';
import { outcome, weightHash } from '../support/read-run.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const { settings: tiny } = await tinySettings(root, 12);
/** Four steps an epoch, five epochs. */
const settings = { ...tiny, epochs: 5, schedule: 'cosine', warmupSteps: 2, lr: 0.01 } as const;
const STEPS = 20;
/** Saved after every step. */
const at = (name: string) => ({ out: join(root, name), saveEvery: 0 });

/** Ends a run at a step as a power cut would: nothing more is written after it. */
const cutAt = (last: number) => ({
  step: ({ step }: { step: number }) => {
    if (step === last) throw new Error('power cut');
  },
});

describe('a run that was cut off goes on to the same bytes', () => {
  let whole: Awaited<ReturnType<typeof outcome>>;

  beforeAll(async () => {
    await runTraining(settings, at('whole'));
    whole = await outcome(join(root, 'whole'));
    expect(whole.steps).toHaveLength(STEPS);
  });

  test.each([
    [1, 0],
    [4, 0],
    [6, 0],
    [11, 0],
    [20, 0],
    [11, 3600],
  ])('at step %i, saved every %i s', async (step, saveEvery) => {
    const run = { ...at(`cut-${step}-${saveEvery}`), saveEvery };
    await expect(runTraining(settings, { ...run, ...listening(cutAt(step)) })).rejects.toThrow('power cut');
    const summary = await runTraining(settings, { ...run, resume: true });
    expect(summary).toMatchObject({ steps: STEPS, epochs: 5, interrupted: false });
    expect(await outcome(run.out)).toEqual(whole);
    expect(existsSync(join(run.out, 'state.safetensors'))).toBe(false);
  });

  test('also when cut twice, with the settings left out, and with a row half written', async () => {
    const run = at('cut-twice');
    await expect(runTraining(settings, { ...run, ...listening(cutAt(5)) })).rejects.toThrow('power cut');
    await appendFile(join(run.out, 'metrics.jsonl'), '{"step":6,"train_lo');
    const again = { ...run, resume: true };
    await expect(runTraining({} as typeof settings, { ...again, ...listening(cutAt(10)) })).rejects.toThrow(
      'power cut',
    );
    await runTraining({} as typeof settings, again);
    expect(await outcome(run.out)).toEqual(whole);
  });

  test('and when a signal stopped it within an epoch, with other workers and memory', async () => {
    const run = at('stopped');
    const stop = new AbortController();
    const summary = await runTraining(settings, {
      ...run,
      ...listening({
        signal: stop.signal,
        step: ({ step }) => {
          if (step === 8) stop.abort();
        },
      }),
    });
    expect(summary).toMatchObject({ steps: 8, interrupted: true });
    const steps: number[] = [];
    const resumed = { ...settings, workers: 2, memory: 1 };
    await runTraining(resumed, {
      ...run,
      resume: true,
      ...listening({ step: ({ step }) => void steps.push(step) }),
    });
    expect(steps[0], 'no step is taken twice').toBe(9);
    expect(await outcome(run.out)).toEqual(whole);
  });

  test('a finished run is left as it is', async () => {
    const before = await readFile(join(root, 'whole', 'metrics.jsonl'), 'utf8');
    const fail = () => {
      throw new Error('trained again');
    };
    const summary = await runTraining(settings, {
      ...at('whole'),
      resume: true,
      ...listening({ step: fail }),
    });
    expect(summary).toMatchObject({ steps: STEPS, tested: 'best' });
    expect(await readFile(join(root, 'whole', 'metrics.jsonl'), 'utf8')).toBe(before);
  });

  test('where nothing was started, it starts', async () => {
    await runTraining(settings, { ...at('nothing-there'), resume: true });
    expect(await outcome(join(root, 'nothing-there'))).toEqual(whole);
  });
});

test('a stop by patience is not taken back', async () => {
  const still = { ...settings, lr: 1e-12, epochs: 50, patience: 2 };
  const { epochs, stopped_early } = await runTraining(still, at('patient'));
  expect(stopped_early).toBe(true);
  const run = at('patient-cut');
  const cut = { phase: { testing: () => cutAt(1).step({ step: 1 }) } };
  await expect(runTraining(still, { ...run, ...listening(cut) })).rejects.toThrow('power cut');
  expect(await runTraining(still, { ...run, resume: true })).toMatchObject({
    epochs,
    stopped_early: true,
  });
  expect(await outcome(run.out)).toEqual(await outcome(join(root, 'patient')));
});

test('pretraining goes on, too: noise, momentum and the best epoch', async () => {
  const { epochs, ...rest } = settings;
  const noisy = { ...rest, epochs: 4, pretext: 'denoise', optimizer: 'sgd', lr: 0.01 } as const;
  await runPretraining(noisy, at('noise'));
  const run = at('noise-cut');
  await expect(runPretraining(noisy, { ...run, ...listening(cutAt(9)) })).rejects.toThrow('power cut');
  await runPretraining(noisy, { ...run, resume: true });
  expect(await outcome(run.out)).toEqual(await outcome(join(root, 'noise')));
});

describe('what would make another run of it is refused, and the run stays', () => {
  const run = { ...at('refused'), resume: true };
  const resume = (changes: object) => refusal(runTraining({ ...settings, ...changes }, run));

  beforeAll(() =>
    expect(runTraining(settings, { ...at('refused'), ...listening(cutAt(5)) })).rejects.toThrow('power cut'),
  );

  test('another setting', async () => {
    expect(await resume({ lr: 0.5 })).toMatch(/--resume .*refused: lr: got 0\.5, expected 0\.01, with which/);
    expect(await resume({ seed: 4 })).toMatch(/seed: got 4, expected 0/);
  });

  test('a folder in which nothing was started, if no settings say what to start', async () => {
    const elsewhere = { ...at('misspelt'), resume: true };
    expect(await refusal(runTraining({} as typeof settings, elsewhere))).toMatch(
      /--resume .*misspelt: got a folder in which nothing was started/,
    );
  });

  test('to start anew at the same time', async () => {
    const both = refusal(runTraining(settings, { ...run, overwrite: true }));
    expect(await both).toMatch(/got both --resume and --overwrite, expected one/);
  });

  test('a run of another kind', async () => {
    expect(await refusal(runPretraining(settings, run))).toMatch(
      /got a folder of kind train, expected one of kind pretrain/,
    );
  });

  test('a folder that does not say what it is', async () => {
    const path = join(run.out, 'config.yaml');
    const before = await readFile(path, 'utf8');
    await writeFile(path, before.replace('kind: ', 'kid: '));
    expect(await resume({})).toMatch(/got a folder of kind unknown, expected one of kind train; restore/);
    await writeFile(path, before);
  });

  test('another encoder', async () => {
    const other = await tinySettings(join(root, 'other'));
    const bytes = await readFile(other.settings.encoder);
    bytes[bytes.length - 1] ^= 1;
    await writeFile(other.settings.encoder, bytes);
    const before = await readFile(join(run.out, 'config.yaml'), 'utf8');
    expect(await resume({ encoder: other.settings.encoder })).toMatch(
      /state\.safetensors: encoder_sha256: got \w{64}, expected \w{64}; resume with the files/,
    );
    expect(await readFile(join(run.out, 'config.yaml'), 'utf8')).toBe(before);
  });

  test('another image', async () => {
    const { train } = JSON.parse(await readFile(join(run.out, 'splits.json'), 'utf8'));
    const image = join(settings.data, 'images', `${train[0].stem}.png`);
    await rename(image, `${image}.away`);
    expect(await resume({})).toMatch(/--resume .*: train image 1: got .+, expected .+ as it was/);
    await rename(`${image}.away`, image);
    const before = await readFile(join(run.out, 'config.yaml'), 'utf8');
    const moved = join(root, 'moved');
    await cp(settings.data, moved, { recursive: true });
    await copyFile(
      join(moved, 'masks', `${train[1].stem}.png`),
      join(moved, 'masks', `${train[0].stem}.png`),
    );
    expect(await resume({ data: moved })).toMatch(/train image 1: got .+/);
    expect(await readFile(join(run.out, 'config.yaml'), 'utf8')).toBe(before);
  });

  test.each(['splits.json', 'summary.json'])('a %s that is half there', async (name) => {
    const path = join(run.out, name);
    const before = await readFile(path).catch(() => undefined);
    await writeFile(path, '{"train": [');
    expect(await resume({})).toMatch(/json: got no JSON, expected .+--overwrite/);
    await (before ? writeFile(path, before) : rm(path));
  });

  test('a saved state that is cut; when it is whole again, the run goes on', async () => {
    const path = join(run.out, 'state.safetensors');
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, bytes.length / 2));
    expect(await resume({})).toMatch(/state\.safetensors.*: got a file of \d+ bytes, expected at least \d+/);
    await writeFile(path, bytes);
    await runTraining(settings, run);
    expect(await weightHash(run.out, 'last')).toBe(await weightHash(join(root, 'whole'), 'last'));
  });
});
