import type { IncomingMessage } from 'node:http';
import { PassThrough, Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';

/** Why a body could not be used. `http-client.ts` adds which request it was. */
export class BodyError extends Error {
  override readonly name = 'BodyError';
  readonly problem: 'too_large' | 'bad_body';
  constructor(problem: 'too_large' | 'bad_body', message: string) {
    super(message);
    this.problem = problem;
  }
}

/**
 * The decompressed body as text. `maxBytes` holds for the compressed and for the decompressed bytes, whatever
 * content-length claims, and stops a gzip bomb at the limit instead of after it.
 * Throws BodyError; a broken connection's error passes through.
 */
export async function readBody(response: IncomingMessage, maxBytes: number): Promise<string> {
  try {
    if (Number(response.headers['content-length']) > maxBytes) throw tooLarge(maxBytes);
    return decodeUtf8(await decompressed(response, maxBytes));
  } finally {
    // What nobody reads any more must not go on arriving.
    if (!response.readableEnded) response.destroy();
  }
}

async function decompressed(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const received = limited(response, maxBytes);
  const first = await received.next();
  if (first.done) return Buffer.alloc(0);
  const decode = decoder((response.headers['content-encoding'] ?? '').trim().toLowerCase(), first.value);
  const chunks: Buffer[] = [];
  const collect = async (source: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of limited(source, maxBytes)) chunks.push(chunk);
  };
  try {
    await pipeline(Readable.from(startingWith(first.value, received)), decode, collect);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'Z_BUF_ERROR') throw new BodyError('bad_body', 'the answer ended in the middle');
    if (/^(Z_|ERR__ERROR_|ERR_BROTLI)/.test(code)) throw new BodyError('bad_body', 'the answer cannot be decompressed');
    throw error;
  }
  return Buffer.concat(chunks);
}

/** Compressed bytes are counted as well: empty compressed blocks can go on for ever without one byte of output. */
async function* limited(source: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Buffer, undefined> {
  let received = 0;
  for await (const chunk of source) {
    received += chunk.length;
    if (received > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}

async function* startingWith(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

function decoder(encoding: string, first: Buffer): Transform {
  switch (encoding) {
    case '':
    case 'identity':
      return new PassThrough();
    case 'gzip':
    case 'x-gzip':
      return zlib.createGunzip();
    case 'deflate':
      // Servers send it with and without the zlib header; its first byte says "method 8" in the lower half.
      return ((first[0] ?? 0) & 0x0f) === 8 ? zlib.createInflate() : zlib.createInflateRaw();
    case 'br':
      return zlib.createBrotliDecompress();
    default:
      throw new BodyError('bad_body', `the answer is encoded as "${encoding.slice(0, 40)}", which was not asked for`);
  }
}

function decodeUtf8(bytes: Buffer): string {
  try {
    // Drops a byte order mark.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new BodyError('bad_body', 'the answer is not valid UTF-8 text');
  }
}

const tooLarge = (maxBytes: number): BodyError =>
  new BodyError('too_large', `the answer is larger than the limit of ${maxBytes.toLocaleString('en-US')} bytes`);
