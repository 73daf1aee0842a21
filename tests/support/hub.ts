import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as a server of a test saw it. */
export interface Asked {
  readonly path: string;
  readonly authorization: string | undefined;
}

/** A server on this machine, and what it has been asked for. */
export async function startServer(
  answer: (path: string, response: ServerResponse, request: IncomingMessage) => void,
) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const path = request.url!;
    asked.push({ path, authorization: request.headers.authorization });
    answer(path, response, request);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** An address at which nobody answers; of ports that browsers avoid, fetch says something else. */
export const NO_HUB = 'http://127.0.0.1:2';
