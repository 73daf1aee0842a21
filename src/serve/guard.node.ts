import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';

/** Who may ask. */
export interface Guard {
  /** Names by which the server may be asked, each with its port: `127.0.0.1:4173`. */
  readonly hosts: ReadonlySet<string>;
  readonly port: number;
  /** What the printed link holds. */
  readonly token: string;
}

export const newToken = (): string => randomBytes(32).toString('base64url');

/** Cookies know no ports, so their names do. */
const cookieOf = ({ port }: Pick<Guard, 'port'>) => `fewmask-${port}`;

/** Nothing but what the server itself sends; WebAssembly for the page's own networks. No other page may frame it. */
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "frame-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** Headers of every answer. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** Every answer has the safe headers, unless it has set its own. */
export const withSafeHeaders: MiddlewareHandler = async (context, next) => {
  await next();
  for (const [name, value] of Object.entries(SAFE_HEADERS))
    if (!context.res.headers.has(name)) context.res.headers.set(name, value);
};

/** To a page whose server was started anew, too. */
const NO_ACCESS =
  'access: got no cookie of this server, expected one; if it was started anew, open the link that it printed in another tab, then try again';

const UNCHANGING = new Set(['GET', 'HEAD']);

/**
 * Refuses what another page may have sent: a request under another name (DNS rebinding), from another origin, or without the
 * cookie. The link with the token is answered by a cookie and the way to the page.
 */
export function guarded(guard: Guard): MiddlewareHandler {
  return async (context, next) => {
    const { method } = context.req;
    const host = context.req.header('host') ?? '';
    if (!guard.hosts.has(host)) return refused(context, 'unknown host');
    const origin = context.req.header('origin');
    // A page of another port of this machine has the cookie, too: the origin decides.
    if (origin === undefined ? !UNCHANGING.has(method) : origin !== `http://${host}`)
      return refused(context, 'another origin');
    const site = context.req.header('sec-fetch-site');
    if (site !== undefined && site !== 'same-origin' && site !== 'none' && context.req.path !== '/')
      return refused(context, 'another site');
    const token = context.req.query('token');
    if (context.req.path === '/' && method === 'GET' && token !== undefined) {
      if (!same(token, guard.token))
        return refused(context, 'wrong token: use the link that fewmask printed');
      setCookie(context, cookieOf(guard), guard.token, { httpOnly: true, sameSite: 'Strict', path: '/' });
      return context.redirect('/', 303);
    }
    if (!same(getCookie(context, cookieOf(guard)) ?? '', guard.token)) return refused(context, NO_ACCESS);
    return next();
  };
}

/** To a person who opens the page in words, to the page itself as it reads them. */
const refused = (context: Context, problem: string): Response =>
  context.req.path === '/' ? context.text(problem, 403) : context.json({ problem }, 403);

/** Whether two texts are equal, in a time that does not depend on where they differ. */
function same(given: string, expected: string): boolean {
  const [one, other] = [given, expected].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(one, other);
}
