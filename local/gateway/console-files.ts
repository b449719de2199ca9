import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** The console's built files, as CloudFront serves them. */
export interface ConsoleFiles {
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json; charset=utf-8',
  '.woff2': 'font/woff2',
  '.ico': 'image/x-icon',
};

const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const;

/** `ready` resolves when the files are built; until then a page says so and looks again. */
export function consoleFiles(directory: string, ready: Promise<unknown>): ConsoleFiles {
  let state: 'building' | 'built' | 'failed' = 'building';
  ready.then(
    () => {
      state = 'built';
    },
    () => {
      state = 'failed';
    },
  );
  return {
    async serve(request, response) {
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.writeHead(405, { allow: 'GET, HEAD' }).end();
        return;
      }
      if (state !== 'built') {
        const retry = state === 'building' ? '<meta http-equiv="refresh" content="1">' : '';
        const words =
          state === 'building' ? 'The console is being built…' : 'The console could not be built; the API works.';
        response.writeHead(200, { ...SECURITY_HEADERS, 'content-type': TYPES['.html'], 'cache-control': 'no-store' });
        response.end(`<!doctype html><html lang="en"><title>Driftless</title>${retry}<p>${words}</p></html>`);
        return;
      }
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      const file = (await fileAt(directory, pathname)) ?? join(directory, 'index.html');
      const isAsset = pathname.startsWith('/assets/');
      response.writeHead(200, {
        ...SECURITY_HEADERS,
        'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
        'cache-control': isAsset ? 'public, max-age=31536000, immutable' : 'no-cache',
      });
      if (request.method === 'HEAD') response.end();
      else await pipeline(createReadStream(file), response);
    },
  };
}

/** Undefined for anything that is not a file below the directory; the page itself then finds out what the address means. */
async function fileAt(directory: string, pathname: string): Promise<string | undefined> {
  let path: string;
  try {
    path = normalize(join(directory, decodeURIComponent(pathname)));
  } catch {
    return undefined;
  }
  if (!path.startsWith(directory + sep)) return undefined;
  try {
    return (await stat(path)).isFile() ? path : undefined;
  } catch {
    return undefined;
  }
}
