import { hostname, networkInterfaces } from 'node:os';

/** Of this machine alone. */
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/** Addresses that stand for all of the machine, with the families that they listen on. */
const ALL: Readonly<Record<string, readonly string[]>> = { '0.0.0.0': ['IPv4'], '[::]': ['IPv4', 'IPv6'] };

/** A name or an address as it stands in a link. */
function inLink(host: string): string {
  const bracketed = host.includes(':') ? `[${host}]` : host;
  return URL.canParse(`http://${bracketed}`) ? new URL(`http://${bracketed}`).hostname : bracketed;
}

/** Whether who listens there is reached from this machine alone. */
export const isLoopback = (host: string): boolean => LOOPBACK.includes(inLink(host));

/**
 * The names by which a server is reached that listens on an address, as they stand in links.
 *
 * @returns the best known to others first: what was given, or where that stands for the whole machine one of its addresses
 */
export function namesOf(host: string, interfaces = networkInterfaces()): readonly string[] {
  const own = inLink(host);
  if (LOOPBACK.includes(own)) return [...new Set([own, ...LOOPBACK])];
  const families = ALL[own];
  if (!families) return [own];
  const found = Object.values(interfaces)
    .flatMap((each) => each ?? [])
    // Those of one link are no part of a link that is printed.
    .filter(({ family, internal, scopeid }) => families.includes(family) && !internal && !scopeid)
    .sort((a, b) => a.family.localeCompare(b.family))
    .map(({ address }) => inLink(address));
  return [...found, ...LOOPBACK, inLink(hostname())];
}

/** What requests to these names may have as their host. Of the port that `http` has by itself they have none. */
export const hostsOf = (names: readonly string[], port: number): string[] =>
  names.flatMap((name) => [`${name}:${port}`, ...(port === 80 ? [name] : [])]);
