import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import type { Listener } from '../core/events.ts';
import { readNamed } from '../core/files.node.ts';
import { asSafetensors } from '../encoders/files.node.ts';
import { encoderBytes } from '../encoders/read.node.ts';
import { RUN_PATHS } from '../records/entries.ts';
import { parseSettings } from '../settings/parse.ts';
import { settingsOf } from '../settings/setting.ts';
import { RUN_SCHEMAS, type RunConfig } from '../settings/training.ts';
import { openRun } from './open-run.node.ts';
import { type NetworkFilesOptions, networkFilesSchema } from './settings.ts';

/** The settings of a run as its `config.yaml` has them, `kind` among them: an object of JSON. Paths may be left out. */
export type RunSettings = Readonly<Record<string, unknown>>;

/** The files of a run that its network is made of. */
export interface NetworkFiles {
  /** The encoder's weights, .safetensors. */
  readonly encoder: Uint8Array;
  /** The network's, as `weights/best.safetensors` of the run; without them the decoder is drawn by the settings' seed. */
  readonly weights?: Uint8Array;
  readonly settings: RunSettings;
}

/**
 * What `openNetwork` of `fewmask/web` takes, of a run; no path of this machine is in it.
 *
 * @throws UserError for an unreadable run, and for one that has no network of one graph and whole images
 */
export async function networkFiles(
  options: NetworkFilesOptions,
  listener: Listener = {},
): Promise<NetworkFiles> {
  const { run, ...choice } = parseSettings(networkFilesSchema, options);
  const { path, config, network, weights } = await openRun(run, { ...listener, ...choice });
  const { name, model } = network.architecture.encoder;
  if (model || config.crop) {
    throw new UserError({
      what: path,
      got: model ? `a network behind the model ${name}` : 'a network of pieces of images (--crop)',
      expected: 'a network that is one graph, of whole images',
      fix: 'apply it with fewmask predict; a page cannot',
    });
  }
  const encoder = await encoderBytes(config.encoder, listener);
  return {
    encoder: await asSafetensors(encoder, config.encoder),
    weights: await readNamed(join(path, RUN_PATHS[weights]), 'the weights of the run'),
    settings: withoutPaths(config),
  };
}

/** What names no file: of an encoder its name, if it is a known one. */
function withoutPaths(config: RunConfig): RunSettings {
  const paths = settingsOf(RUN_SCHEMAS[config.kind]).flatMap(([name, , { path }]) => {
    const value = (config as RunSettings)[name];
    const known = typeof path === 'function' && typeof value === 'string' && path(value) !== undefined;
    return path && !known ? [name] : [];
  });
  return Object.fromEntries(Object.entries(config).filter(([name]) => !paths.includes(name)));
}
