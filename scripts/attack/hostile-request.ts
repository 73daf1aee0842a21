import { connect } from 'node:net';
import type { RandomStream } from '../../src/core/random.ts';
import { among } from './mutate.ts';

/** What a server is asked, to the byte: no client would send it so. */
export interface HostileRequest {
  readonly head: string;
  readonly body: Buffer;
  /** How it is sent: whole, in part, in small pieces that do not end, or whole and never read. */
  readonly manner: 'whole' | 'cut' | 'slow' | 'dropped';
  /** Whether the server must let nobody in. */
  readonly stranger: boolean;
}

/** Who asks. */
export interface Known {
  readonly host: string;
  readonly cookie: string;
  /** A name of an image, and the version of its mask. */
  readonly stem: string;
  readonly version: string;
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND'];
const PLACES = [
  ...['/', '/api/dataset', '/api/thumbnail', '/api/image', '/api/samples', '/api/mask', '/api/prediction'],
  ...['/api/runs', '/api/runs/stop', '/api/runs/resume', '/api/runs/curves', '/api/runs/pictures', '/report'],
  ...['/api/questions', '/api/questions/answer', '/api/questions/ask', '/api/questions/stop', '/api/events'],
  ...[
    '/api/look/results',
    '/api/look/images',
    '/api/look/numbers',
    '/look/predictions.zip',
    '/look/model.onnx',
  ],
  ...['/api/lab/networks', '/api/lab/network', '/../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt'],
  ...[
    '//etc/passwd',
    '/assets/../../secret.txt',
    '/%00',
    '/%',
    '/%ff%fe',
    '/\u00ff',
    `/${'x'.repeat(9000)}`,
    '*',
  ],
  ...[
    'http://evil.example/api/dataset',
    '/api/mask/../dataset',
    '/.git/config',
    '/api//dataset',
    '/api/dataset%2f',
  ],
];
const NAMES = [
  ...[
    '../secret',
    '..%2f..%2fsecret',
    '%2e%2e%2fsecret',
    '%00',
    'a%00b',
    '%ff',
    '%',
    '',
    '__proto__',
    'constructor',
  ],
  ...[
    'x'.repeat(8000),
    '%2fetc%2fpasswd',
    '..\\secret',
    '%E2%80%AE',
    'a%0d%0aset-cookie:x=1',
    'suspects',
    'link',
  ],
];
const JSONS = [
  ...[
    '',
    'null',
    '[]',
    '"x"',
    '1e999',
    '{',
    '{"choice":',
    '\u0000',
    '{"choice":"quick","settings":{"data":"/etc"}}',
  ],
  ...['{"choice":"__proto__"}', '{"choice":"quick","settings":{"__proto__":{"x":1},"constructor":1}}'],
  ...['{"choice":"quick","settings":{"out":"../../stolen","init":"/etc/passwd","encoder":"../x.onnx"}}'],
  ...[
    '{"choice":{"toString":1},"settings":[],"download":"yes"}',
    '{"choice":"quick","more":1}',
    `"${'x'.repeat(200_000)}"`,
  ],
  ...[
    '['.repeat(90_000),
    '{"settings":'.repeat(8000),
    '{"choice":"quick","settings":{"epochs":1e308,"seed":-1}}',
  ],
];

/** Changes to who asks, and from where, all of which are to be refused. */
const STRANGERS: readonly Readonly<Record<string, string | undefined>>[] = [
  ...[
    { cookie: undefined },
    { cookie: 'fewmask-1=x' },
    { cookie: ';;;=;' },
    { cookie: '\u00ff'.repeat(300) },
  ],
  ...[{ host: 'evil.example' }, { host: '' }, { host: 'localhost' }, { host: '127.0.0.1:1@evil.example' }],
  ...[
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: '' },
    { 'sec-fetch-site': 'cross-site' },
  ],
];

/** Odd headers of those who may ask. */
const ODD: readonly Readonly<Record<string, string>>[] = [
  ...[{ 'content-length': '-1' }, { 'content-length': '99999999999' }, { 'content-length': '1, 2' }],
  ...[{ 'transfer-encoding': 'chunked' }, { 'transfer-encoding': 'gzip, chunked', 'content-length': '3' }],
  ...[
    { 'if-match': '*' },
    { 'if-match': `"${'x'.repeat(5000)}"` },
    { 'if-match': '"../../x"' },
    { expect: '100-continue' },
  ],
  ...[
    { upgrade: 'websocket', connection: 'upgrade' },
    { range: 'bytes=0-,5-2' },
    { 'x-long': 'x'.repeat(20_000) },
  ],
  ...[
    { 'content-encoding': 'gzip' },
    { 'content-type': 'multipart/form-data' },
    { 'accept-encoding': '\u00fe' },
  ],
];

export function hostileRequest({ host, cookie, stem, version }: Known, stream: RandomStream): HostileRequest {
  const stranger = stream.integer(4) === 0;
  const place = among(stream, PLACES);
  const named = stream.integer(2) === 0 ? stem : among(stream, NAMES);
  const query =
    stream.integer(4) > 0 ? `?stem=${named}&name=${among(stream, [stem, ...NAMES])}&file=${named}` : '';
  const usual = stream.integer(2) === 0;
  const method = usual
    ? place === '/api/mask'
      ? 'PUT'
      : place === '/api/runs'
        ? 'POST'
        : 'GET'
    : among(stream, METHODS);
  const body = method === 'GET' ? Buffer.alloc(0) : bodyFor(place, stream);
  const headers: Record<string, string | undefined> = {
    ...{
      host,
      cookie,
      origin: `http://${host}`,
      'if-match': `"${version}"`,
      'content-length': `${body.length}`,
    },
    ...(stream.integer(4) === 0 ? among(stream, ODD) : {}),
    ...(stranger ? among(stream, STRANGERS) : {}),
  };
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  const manner = among(stream, ['whole', 'whole', 'whole', 'cut', 'slow', 'dropped'] as const);
  return {
    head: [`${method} ${place}${query} HTTP/1.1`, ...lines, '', ''].join('\r\n'),
    body,
    manner,
    stranger,
  };
}

function bodyFor(place: string, stream: RandomStream): Buffer {
  if (place !== '/api/mask' || stream.integer(4) === 0) return Buffer.from(among(stream, JSONS));
  const length = among(stream, [0, 1, 47 * 48, 48 * 48, 48 * 48 + 1, 1_000_000]);
  return Buffer.alloc(length, among(stream, [2, 7, 255]));
}

/** So long a server may take to answer, in ms. */
const PATIENCE = 8000;

/** Of an answer; that one may go on is none yet. */
const STATUS = /^(?:HTTP\/1\.1 100 [^\r]*\r\n\r\n)?HTTP\/1\.1 (?!100)(\d{3})/;

/** @returns the status that is answered, with all that came; undefined where the connection ended without one */
export function sent(
  { head, body, manner }: HostileRequest,
  port: number,
): Promise<{ readonly status?: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const parts: Buffer[] = [];
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no answer within ${PATIENCE} ms to ${JSON.stringify(head.slice(0, 300))}`));
    }, PATIENCE);
    const end = () => {
      clearTimeout(timer);
      socket.destroy();
      const text = Buffer.concat(parts).toString('latin1');
      const [, status] = STATUS.exec(text) ?? [];
      resolve({ ...(status && { status: Number(status) }), text });
    };
    socket.on('error', end).on('close', end);
    socket.on('data', (part) => {
      parts.push(part);
      // What goes on for ever has said enough.
      const answered = STATUS.test(Buffer.concat(parts).toString('latin1'));
      if (answered && (manner === 'dropped' || parts.length > 3 || part.length < 65_000)) end();
    });
    socket.on('connect', () => {
      socket.write(head, 'latin1');
      if (manner === 'whole' || manner === 'dropped') socket.write(body);
      else {
        socket.write(body.subarray(0, body.length / 2));
        setTimeout(end, manner === 'cut' ? 1 : 100);
      }
    });
  });
}
