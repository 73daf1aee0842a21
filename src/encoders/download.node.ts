/** A request whose redirects were followed, its body not read yet. */
export interface Download {
  readonly response: Response;
  /** The last answer of the server that was asked first: what it says of the file, wherever that lies. */
  readonly described: Headers;
  /** @throws if the server falls silent, hangs up or sends more or less than it has announced */
  body(): Promise<Uint8Array>;
  /** Hangs up. */
  cancel(): void;
}

/** How long a server may be silent, in ms. */
const SILENCE = 20_000;
const MOST_REDIRECTS = 5;
/** No encoder is larger: what is fetched is held in memory. */
const MOST_BYTES = 4e9;

/**
 * Asks for a file, once. Redirects are followed by hand: the token goes to the first address' origin and to no other.
 *
 * @throws what went wrong
 */
export async function openDownload(
  address: URL,
  { token, silence = SILENCE }: { readonly token?: string; readonly silence?: number } = {},
): Promise<Download> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const listen = () => {
    clearTimeout(timer);
    timer = setTimeout(() => controller.abort(new Error(`silent for ${silence / 1000} s`)), silence);
  };
  const cancel = () => {
    clearTimeout(timer);
    controller.abort();
  };
  let url = address;
  let described = new Headers();
  try {
    for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
      listen();
      const isFirst = url.origin === address.origin;
      const response = await fetch(url, {
        redirect: 'manual',
        signal: controller.signal,
        headers: {
          'accept-encoding': 'identity',
          ...(isFirst && token && { authorization: `Bearer ${token}` }),
        },
      });
      if (isFirst) described = response.headers;
      const next = response.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
      if (next === null) return { response, described, cancel, body: () => read(response, listen, cancel) };
      await response.body?.cancel();
      const to = new URL(next, url);
      if (url.protocol === 'https:' && to.protocol !== 'https:')
        throw new Error(`a redirect from ${url.origin} to ${to.origin}, which is not secure`);
      url = to;
    }
    throw new Error(`more than ${MOST_REDIRECTS} redirects`);
  } catch (error) {
    cancel();
    throw error;
  }
}

async function read(response: Response, listen: () => void, cancel: () => void): Promise<Uint8Array> {
  const announced = response.headers.get('content-length');
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of response.body ?? []) {
      listen();
      length += part.length;
      if (length > MOST_BYTES) throw new Error(`more than ${MOST_BYTES} bytes`);
      parts.push(part);
    }
    if (announced !== null && length !== Number(announced))
      throw new Error(`${length} bytes of ${announced}`);
    return Buffer.concat(parts);
  } finally {
    cancel();
  }
}
