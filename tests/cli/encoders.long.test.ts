import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { cachedFile } from '../../src/encoders/cache.node.ts';
import { DEFAULT_ENCODER, HUB_ENCODERS, knownEncoder } from '../../src/encoders/catalogue.ts';
import { complaint, fewmask } from '../support/cli.ts';
import { NO_HUB } from '../support/hub.ts';
import { NO_REGISTRY } from '../support/npm-registry.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();

// What the program is started with.
beforeAll(async () => {
  await tinySettings(root, 6);
  vi.stubEnv('FEWMASK_CACHE', join(root, 'cache'));
  vi.stubEnv('npm_config_cache', join(root, 'npm'));
  vi.stubEnv('npm_config_noproxy', '127.0.0.1');
  vi.stubEnv('npm_config_registry', NO_REGISTRY);
  vi.stubEnv('HF_ENDPOINT', NO_HUB);
});

afterAll(() => {
  vi.unstubAllEnvs();
});

test('encoders are listed without a network, as a table and as JSON', async () => {
  const [table, json] = await Promise.all([
    fewmask(['encoders'], root),
    fewmask(['encoders', '--json'], root),
  ]);
  expect(table).toMatchObject({ code: 0, stderr: '' });
  expect(table.stdout).toMatch(/^mobilenetv2-voc .*@codait\/max-image-segmenter@0\.3\.0 .*not fetched yet$/m);
  expect(table.stdout).toMatch(/^random .* made when it is used$/m);
  expect(table.stdout).toMatch(/^random: .*random:SEED.* a control/m);
  expect(table.stdout).toContain(`kept in ${join(root, 'cache')}\n`);
  expect(JSON.parse(json.stdout)).toMatchObject({
    folder: join(root, 'cache'),
    encoders: [DEFAULT_ENCODER, ...HUB_ENCODERS.map(({ name }) => name)].map((name) => ({
      name,
      state: 'absent',
    })),
  });
});

test('offline a training with the default encoder is refused before anything is written', async () => {
  const { code, stdout, stderr } = await fewmask(['train', '--data', 'data', '--out', 'run'], root);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  const [, notice, refusal] = stderr.trimEnd().split('\n');
  expect(notice).toMatch(/^fetching encoder mobilenetv2-voc: @codait\/max-image-segmenter@0\.3\.0, 7\.8 MB/);
  expect(refusal).toMatch(/^fewmask: encoder mobilenetv2-voc: got no .*ECONNREFUSED.*--encoder FILE$/);
  const fetching = await fewmask(['encoders', '--fetch'], root);
  expect(fetching.code).toBe(2);
  for (const name of [DEFAULT_ENCODER, ...HUB_ENCODERS.map((listed) => listed.name)])
    expect(fetching.stderr, 'each that failed is named').toMatch(
      new RegExp(`^(fewmask|warning): encoder ${name}: got no `, 'm'),
    );
});

test('offline a model of the hub is refused at once, with what to do', async () => {
  const train = ['train', '--data', 'data', '--out', 'run', '--encoder'];
  for (const name of ['hf:timm/resnet18.a1_in1k', 'hf:somebody/something@v2']) {
    const message = await complaint([...train, name], root);
    expect(message).toMatch(
      new RegExp(
        `^fewmask: encoder ${name}: got no model.safetensors \\(.*ECONNREFUSED.*HF_ENDPOINT.*HF_TOKEN.*--encoder FILE$`,
      ),
    );
  }
});

test('a damaged file is warned of, and the refusal names it', async () => {
  const file = cachedFile(knownEncoder(DEFAULT_ENCODER)!);
  await mkdir(join(root, 'cache'), { recursive: true });
  await writeFile(file, 'not what it was');
  const { code, stderr } = await fewmask(['study', '--data', 'data', '--out', 'study'], root);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^warning: .*\.safetensors is damaged; it is not used, and fetched again$/m);
  expect(stderr).toContain(`got a damaged file ${file}, and no`);
  expect((await fewmask(['encoders'], root)).stdout).toMatch(/ damaged$/m);
});

test('a name that is not known is refused with the nearest', async () => {
  expect(await complaint(['train', '--data', 'data', '--encoder', 'mobilenet-voc'], root)).toMatch(
    /mobilenet-voc: got no such file, .*did you mean mobilenetv2-voc\?$/,
  );
});
