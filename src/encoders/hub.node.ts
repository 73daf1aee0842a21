import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, expectUsableCache } from '../core/cache-folder.node.ts';
import { UserError } from '../core/errors.ts';
import { inform, type Listener, warn } from '../core/events.ts';
import { sha256, writeWhole } from '../core/files.node.ts';
import { formatMegabytes } from '../core/format.ts';
import { reasonOf, withoutNames } from '../npm/npm.node.ts';
import { type Cached, readVerified } from './cache.node.ts';
import { type Download, openDownload } from './download.node.ts';
import { HUB_FILE, type HubModel, looksLikeAnother } from './hub.ts';

const HUB = 'https://huggingface.co';

/** Where a model's files are kept, by commit: `<commit>.safetensors`, `.sha256` beside it, and what a branch or a tag was. */
const folderOf = ({ repository }: HubModel) => join(cacheFolder(), 'hub', repository.replace('/', '--'));
const fileOf = (model: HubModel, commit: string) => join(folderOf(model), `${commit}.safetensors`);
const hashOf = (model: HubModel, commit: string) => join(folderOf(model), `${commit}.sha256`);
const referenceOf = (model: HubModel) => join(folderOf(model), `${encodeURIComponent(model.revision)}.ref`);

const isCommit = (text: string) => /^[\da-f]{40}([\da-f]{24})?$/.test(text);

/** The commit that a revision was when it was fetched; undefined if it has not been. */
function knownCommit(model: HubModel): string | undefined {
  if (isCommit(model.revision)) return model.revision;
  const file = referenceOf(model);
  const commit = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  return isCommit(commit) ? commit : undefined;
}

/** The file of a model that has been fetched; undefined if it has not been. */
export function cachedHubFile(model: HubModel): string | undefined {
  const commit = knownCommit(model);
  const file = commit && fileOf(model, commit);
  return file && existsSync(file) ? file : undefined;
}

/** What is there of a model; `bytes` only where they are those that were fetched. */
export async function readCachedHub(model: HubModel): Promise<Cached> {
  const commit = knownCommit(model);
  return commit ? readCommit(model, commit) : { state: 'absent' };
}

function readCommit(model: HubModel, commit: string): Promise<Cached> {
  const hash = hashOf(model, commit);
  return readVerified(fileOf(model, commit), existsSync(hash) ? readFileSync(hash, 'utf8').trim() : '');
}

/**
 * The weights of a model: from the user's cache, or fetched from the hub (`HF_ENDPOINT`, with `HF_TOKEN`) and put there. A
 * revision that has been fetched is not asked for again.
 *
 * @param name the encoder's, for messages
 * @throws UserError if it has to be fetched and cannot be, or is of no family that is read
 */
export async function obtainHubModel(
  name: string,
  model: HubModel,
  listener: Listener = {},
): Promise<Uint8Array> {
  if (looksLikeAnother(model)) {
    throw new UserError({
      what: `encoder ${name}`,
      got: 'a residual network with blurring, whose file does not tell it from one without',
      expected: 'an encoder of a family that is read',
      fix: 'export it to ONNX, or see docs/encoders.md for others',
    });
  }
  const cached = await readCachedHub(model);
  if (cached.bytes) return cached.bytes;
  const damaged = cached.state === 'damaged' ? cachedHubFile(model) : undefined;
  if (damaged) warn(listener, `${damaged} is damaged; it is not used, and fetched again`);
  const { bytes, commit, isNew } = await fetched(name, model, listener);
  if (isNew) {
    await writeWhole(hashOf(model, commit), `${sha256(bytes)}\n`);
    await writeWhole(fileOf(model, commit), bytes);
  }
  if (!isCommit(model.revision)) await writeWhole(referenceOf(model), `${commit}\n`);
  return bytes;
}

interface Fetched {
  readonly bytes: Uint8Array;
  /** As the hub names it, or where it does not the SHA-256 of the file. */
  readonly commit: string;
  /** False if another revision of the same commit is kept. */
  readonly isNew: boolean;
}

async function fetched(name: string, model: HubModel, listener: Listener): Promise<Fetched> {
  const { repository, revision } = model;
  const { endpoint, shown } = endpointOf(name);
  const address = new URL(`${endpoint}/${repository}/resolve/${encodeURIComponent(revision)}/${HUB_FILE}`);
  const failed = (error: unknown) =>
    new UserError({
      what: `encoder ${name}`,
      got: `no ${HUB_FILE} (${reasonOf(error)})`,
      expected: `that file of ${repository} from ${shown}`,
      fix: 'connect once, after which it is kept; or set HF_ENDPOINT to a mirror, or HF_TOKEN for access; or give weights of your own with --encoder FILE',
    });
  const token = process.env.HF_TOKEN?.trim() || undefined;
  const download = await openDownload(address, { token }).catch((error: unknown) => {
    throw failed(error);
  });
  const { response, described } = download;
  if (!response.ok) {
    download.cancel();
    throw refused(name, model, shown, response.status, described.get('x-error-code') ?? undefined);
  }
  const commit = described.get('x-repo-commit') ?? '';
  if (isCommit(commit)) {
    const kept = await readCommit(model, commit);
    if (kept.bytes) {
      download.cancel();
      return { bytes: kept.bytes, commit, isNew: false };
    }
  }
  await expectUsableCache().catch((error: unknown) => {
    download.cancel();
    throw error;
  });
  const bytes = sizeOf(download);
  const size = bytes === undefined ? 'of unknown size' : formatMegabytes(bytes);
  inform(listener, `fetching encoder ${name}: ${HUB_FILE}, ${size}, from ${shown} to ${cacheFolder()}`);
  const content = await download.body().catch((error: unknown) => {
    throw failed(error);
  });
  const hash = sha256(content);
  expectHash(name, described, hash, shown);
  return { bytes: content, commit: isCommit(commit) ? commit : hash, isNew: true };
}

/** The hub's address, and as it is shown. */
function endpointOf(name: string): { endpoint: string; shown: string } {
  const endpoint = (process.env.HF_ENDPOINT?.trim() || HUB).replace(/\/+$/, '');
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url && ['http:', 'https:'].includes(url.protocol) && !url.username && !url.password)
    return { endpoint, shown: endpoint };
  throw new UserError({
    what: `encoder ${name}: HF_ENDPOINT`,
    got: withoutNames(endpoint),
    expected: `an address without name and password, such as ${HUB}`,
    fix: 'correct it, or leave it unset',
  });
}

/** Bytes to fetch, if they have been announced. */
function sizeOf({ response, described }: Download): number | undefined {
  const announced = described.get('x-linked-size') ?? response.headers.get('content-length');
  return announced === null ? undefined : Number(announced);
}

/** Of large files the hub's ETag is their SHA-256. */
function expectHash(name: string, described: Headers, hash: string, shown: string): void {
  const tag = (described.get('x-linked-etag') ?? described.get('etag') ?? '').replace(/^W\/|"/g, '');
  if (!/^[\da-f]{64}$/.test(tag) || tag === hash) return;
  throw new UserError({
    what: `encoder ${name}`,
    got: `a file with SHA-256 ${hash}`,
    expected: `${tag}, which ${shown} announced`,
    fix: 'try again; if it stays so, something between here and there changes files',
  });
}

function refused(
  name: string,
  { repository, revision }: HubModel,
  shown: string,
  status: number,
  code: string | undefined,
): UserError {
  const got = `status ${status} from ${shown}${code ? ` (${code})` : ''}`;
  const what = `encoder ${name}`;
  if (status === 401 || status === 403) {
    return new UserError({
      what,
      got: `${got}: no access`,
      expected: 'a public model, or one that you have access to',
      fix: `check the name; for a private or gated model ask for access at ${shown}/${repository} and set HF_TOKEN${process.env.HF_TOKEN ? ' to the token of an account that has it' : ''}`,
    });
  }
  if (status === 404) {
    return new UserError({
      what,
      got: `${got}: not found`,
      expected: `${HUB_FILE} in ${repository} at revision ${revision}`,
      fix: 'check owner, model and revision, and that the model has this file',
    });
  }
  return new UserError({
    what,
    got,
    expected: `${HUB_FILE} of ${repository}`,
    fix: 'try again later, or give weights of your own with --encoder FILE',
  });
}
