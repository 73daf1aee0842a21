import { get } from 'node:http';
import { hostname, type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hostsOf, isLoopback, namesOf } from '../../src/serve/hosts.node.ts';
import { startServer } from '../../src/serve/server.node.ts';
import { writeDataset } from '../support/dataset.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { neverTrains } from './support.ts';

const about = (family: string, address: string, more = {}) =>
  ({ family, address, internal: false, scopeid: 0, ...more }) as NetworkInterfaceInfo;
const INTERFACES = {
  lo: [about('IPv4', '127.0.0.1', { internal: true }), about('IPv6', '::1', { internal: true })],
  eth0: [about('IPv6', 'fe80::7', { scopeid: 2 }), about('IPv6', '2001:db8::7'), about('IPv4', '192.0.2.7')],
};

describe('names by which a server is reached', () => {
  const OWN = ['127.0.0.1', 'localhost', '[::1]'];
  const named = hostname().toLowerCase();
  test.each([
    ['127.0.0.1', OWN],
    ['::1', ['[::1]', '127.0.0.1', 'localhost']],
    ['0:0:0:0:0:0:0:1', ['[::1]', '127.0.0.1', 'localhost']],
    ['localhost', ['localhost', '127.0.0.1', '[::1]']],
    ['0.0.0.0', ['192.0.2.7', ...OWN, named]],
    ['::', ['192.0.2.7', '[2001:db8::7]', ...OWN, named]],
    ['192.0.2.7', ['192.0.2.7']],
    ['2001:DB8::7', ['[2001:db8::7]']],
    ['Lab-3', ['lab-3']],
  ])('%s', (host, names) => {
    expect(namesOf(host, INTERFACES)).toEqual(names);
    expect(isLoopback(host)).toBe(OWN.includes(names[0]));
  });

  test('a host has no port where it is the usual one', () => {
    expect(hostsOf(['lab'], 80)).toEqual(['lab:80', 'lab']);
    expect(hostsOf(['lab'], 8080)).toEqual(['lab:8080']);
  });
});

test('the link of a server on all addresses works, by each of them, and by no other name', async () => {
  const root = await temporaryFolder();
  await writeDataset(join(root, 'data'), { count: 2 });
  const { link, close } = await startServer(
    { data: join(root, 'data'), runs: join(root, 'runs'), host: '0.0.0.0', port: 0 },
    neverTrains,
  );
  try {
    expect((await fetch(link, { redirect: 'manual' })).status).toBe(303);
    const { port, pathname, search } = new URL(link);
    const statusAs = (name: string) =>
      new Promise<number>((resolve, reject) => {
        const headers = { host: `${name}:${port}` };
        get({ host: '127.0.0.1', port, path: pathname + search, headers }, (answer) => {
          answer.resume();
          resolve(answer.statusCode!);
        }).on('error', reject);
      });
    const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    for (const { address } of addresses.filter(({ family }) => family === 'IPv4'))
      expect(await statusAs(address)).toBe(303);
    expect(await statusAs(hostname().toLowerCase())).toBe(303);
    for (const other of ['evil.example', '0.0.0.0']) expect(await statusAs(other)).toBe(403);
  } finally {
    await close();
  }
});
