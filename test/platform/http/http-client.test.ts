import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PermanentError, UpstreamError } from '../../../functions/model/failure.ts';
import { createAddressGuard } from '../../../functions/platform/http/address-guard.ts';
import type { HttpRequest } from '../../../functions/platform/http/http.ts';
import { createHttpClient } from '../../../functions/platform/http/http-client.ts';
import { type Fault, type HostileServer, startHostileServer } from '../support/hostile-server.ts';

const guard = createAddressGuard({ allowedPrivateCidrs: ['127.0.0.0/8'] });
const client = createHttpClient({ guard });
let server: HostileServer;
let other: HostileServer;
let secure: HostileServer;

beforeAll(async () => {
  [server, other, secure] = await Promise.all([
    startHostileServer(),
    startHostileServer(),
    startHostileServer({ tls: true }),
  ]);
});
afterAll(async () => {
  client.close();
  await Promise.all([server.close(), other.close(), secure.close()]);
});

const send = (path: string, request: Partial<HttpRequest> = {}) =>
  client.send({ timeoutMs: 5_000, ...request, url: `${server.origin}/${path}` });

async function failure(promise: Promise<unknown>): Promise<UpstreamError> {
  const error = await promise.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UpstreamError);
  return error as UpstreamError;
}

async function refusal(promise: Promise<unknown>): Promise<PermanentError> {
  const error = await promise.then(
    () => new Error('it was not refused'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(PermanentError);
  expect((error as PermanentError).about).toBe('config');
  return error as PermanentError;
}

const firedOnce = async (fault: Fault, run: () => Promise<void>): Promise<void> => {
  const before = server.fired.get(fault) ?? 0;
  await run();
  expect(server.fired.get(fault) ?? 0).toBe(before + 1);
};

describe('a good answer', () => {
  it('comes with status, lower-case headers, address and text', async () => {
    const answer = await send('ok');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.url).toBe(`${server.origin}/ok`);
    expect(JSON.parse(answer.text).text).toContain('grüße');
    expect(answer.latencyMs).toBeGreaterThanOrEqual(0);
  });

  it.each(['gzip', 'deflate', 'deflate-raw', 'br'] as const)(
    'is decompressed when it comes as %s',
    async (encoding) => {
      expect((await send(encoding)).text).toBe((await send('ok')).text);
    },
  );

  it('loses a byte order mark', async () => {
    expect((await send('bom')).text.startsWith('{')).toBe(true);
  });

  it('may be empty, also where it claims to be compressed', async () => {
    expect(await send('empty')).toMatchObject({ status: 204, text: '' });
    expect((await send('empty-gzip')).text).toBe('');
  });

  it('may have any status: what it means is the caller’s to say', async () => {
    expect(await send('status?code=404&body=gone')).toMatchObject({ status: 404, text: 'gone' });
    expect(await send('status?code=503')).toMatchObject({ status: 503 });
  });

  it('carries the request’s method, headers and body to the server', async () => {
    await send('ok', { method: 'POST', headers: { 'X-API-Key': 'k-1', 'content-type': 'text/plain' }, body: 'grüße' });
    expect(server.received.at(-1)).toMatchObject({ method: 'POST', body: 'grüße' });
    expect(server.received.at(-1)?.headers).toMatchObject({
      'x-api-key': 'k-1',
      'content-length': '7',
      'accept-encoding': 'gzip, deflate, br',
    });
  });

  it('is fetched over a kept connection', async () => {
    await send('ok');
    const first = server.received.at(-1)?.connection;
    await send('ok');
    expect(server.received.at(-1)?.connection).toBe(first);
  });
});

describe('time', () => {
  it.each(['hang', 'slow-headers', 'dripping-body'] as const)(
    'ends a %s at the timeout, which is for everything',
    async (fault) => {
      await firedOnce(fault, async () => {
        const startedAt = Date.now();
        const error = await failure(send(`${fault}?key=in-the-query`, { timeoutMs: 150 }));
        expect(Date.now() - startedAt).toBeLessThan(1_000);
        expect(error).toMatchObject({ problem: 'timeout', outcomeUnknown: true });
        expect(error.message).toBe(`timeout after 0.15 s calling ${server.origin}/${fault}`);
      });
    },
  );

  it('ends a name that is never resolved and a handshake that is never answered; nothing was sent', async () => {
    const forever = createAddressGuard({ allowedPrivateCidrs: [], resolve: () => new Promise(() => {}) });
    const unresolved = createHttpClient({ guard: forever }).send({ url: 'http://slow.example/', timeoutMs: 100 });
    expect(await failure(unresolved)).toMatchObject({ problem: 'timeout', outcomeUnknown: false });

    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const unanswered = client.send({ method: 'POST', url: `https://127.0.0.1:${port}/`, body: '{}', timeoutMs: 100 });
    expect(await failure(unanswered)).toMatchObject({ problem: 'timeout', outcomeUnknown: false });
    silent.close();
  });

  it('ends the exchange when the caller’s signal is aborted, with the signal’s reason', async () => {
    const stop = new AbortController();
    const reason = new Error('lease lost');
    setTimeout(() => stop.abort(reason), 50);
    await expect(send('hang', { signal: stop.signal })).rejects.toBe(reason);
  });
});

describe('a broken connection', () => {
  it('that was refused leaves no doubt: nothing was sent', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    const error = await failure(client.send({ method: 'POST', url: `http://127.0.0.1:${port}/a?b=c`, body: '{}' }));
    expect(error).toMatchObject({ problem: 'connection', outcomeUnknown: false, status: undefined });
    expect(error.message).toBe(`connection refused calling http://127.0.0.1:${port}/a`);
  });

  it('to a name that does not exist is a DNS problem, nothing was sent', async () => {
    const nowhere = createAddressGuard({
      allowedPrivateCidrs: [],
      resolve: () => Promise.reject(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })),
    });
    const error = await failure(createHttpClient({ guard: nowhere }).send({ url: 'http://nowhere.example/x' }));
    expect(error).toMatchObject({ problem: 'dns', outcomeUnknown: false });
    expect(error.message).toBe('name not found calling http://nowhere.example/x (ENOTFOUND)');
  });

  it('that breaks after the request was sent leaves the outcome unknown', async () => {
    await firedOnce('reset', async () => {
      const error = await failure(send('reset', { method: 'POST', body: '{}' }));
      expect(error).toMatchObject({ problem: 'connection', outcomeUnknown: true });
    });
  });

  it.each(['reset-in-body', 'closed-in-body'] as const)('%s is no complete answer', async (fault) => {
    await firedOnce(fault, async () => {
      const error = await failure(send(fault));
      expect(error).toMatchObject({ problem: 'connection', status: 200, outcomeUnknown: true });
      expect(error.message).toContain('in the middle of the answer');
    });
  });

  it('that was kept and has gone stale is replaced for a GET', async () => {
    for (let i = 0; i < 5; i += 1) expect((await send('hang-up-after')).status).toBe(200);
  });
});

describe('TLS', () => {
  it('must be trusted; nothing is sent to an impostor', async () => {
    const error = await failure(client.send({ method: 'POST', url: `${secure.origin}/ok`, body: '{}' }));
    expect(error).toMatchObject({ problem: 'tls', outcomeUnknown: false });
    expect(secure.received).toEqual([]);
  });

  it('works with a trusted certificate, over a kept connection', async () => {
    const trusting = createHttpClient({ guard, ...(secure.certificate ? { ca: secure.certificate } : {}) });
    expect((await trusting.send({ url: `${secure.origin}/ok` })).status).toBe(200);
    expect((await trusting.send({ url: `${secure.origin}/ok` })).status).toBe(200);
    expect(new Set(secure.received.map(({ connection }) => connection)).size).toBe(1);
    trusting.close();
  });

  it('that ends in the handshake is a TLS problem, nothing was sent', async () => {
    const error = await failure(client.send({ url: `https://127.0.0.1:${server.port}/ok` }));
    expect(error).toMatchObject({ problem: 'tls', outcomeUnknown: false });
  });

  it('is never given up by a redirect', async () => {
    const trusting = createHttpClient({ guard, ...(secure.certificate ? { ca: secure.certificate } : {}) });
    const error = await failure(
      trusting.send({ url: `${secure.origin}/redirect?to=http://127.0.0.1:${secure.port}/ok` }),
    );
    expect(error.problem).toBe('redirect');
    trusting.close();
  });
});

describe('a body that is too large', () => {
  it.each(['endless-body', 'gzip-bomb', 'empty-blocks', 'large-length'] as const)(
    'is stopped at the limit (%s)',
    async (fault) => {
      const before = server.bytesWritten();
      await firedOnce(fault, async () => {
        const error = await failure(send(fault, { maxBodyBytes: 100_000 }));
        expect(error).toMatchObject({ problem: 'too_large', status: 200, outcomeUnknown: true });
        expect(error.message).toBe(
          `bad answer from ${server.origin}/${fault}: the answer is larger than the limit of 100,000 bytes`,
        );
      });
      expect(server.bytesWritten() - before).toBeLessThan(20_000_000);
    },
  );

  it('is one of more than 10 MB unless something else was said', async () => {
    expect((await failure(send('endless-body'))).message).toContain('10,000,000 bytes');
  });

  it('may be just as large as the limit', async () => {
    const { text } = await send('ok');
    const bytes = Buffer.byteLength(text);
    expect((await send('gzip', { maxBodyBytes: bytes })).text).toBe(text);
    expect((await failure(send('gzip', { maxBodyBytes: bytes - 1 }))).problem).toBe('too_large');
  });
});

describe('an answer that cannot be used', () => {
  it.each([
    ['not-http', 'it is not HTTP'],
    ['two-lengths', 'it is not HTTP'],
    ['huge-headers', 'it is not HTTP'],
    ['false-gzip', 'cannot be decompressed'],
    ['false-br', 'cannot be decompressed'],
    ['truncated-gzip', 'ended in the middle'],
    ['unknown-encoding', 'encoded as "zstd"'],
    ['bad-utf8', 'not valid UTF-8'],
  ] as const)('%s: %s', async (fault, words) => {
    await firedOnce(fault, async () => {
      const error = await failure(send(fault));
      expect(error.problem).toBe('bad_body');
      expect(error.message).toContain(`bad answer from ${server.origin}/${fault}: `);
      expect(error.message).toContain(words);
    });
  });

  it('does not wait for a protocol nobody asked for', async () => {
    expect((await failure(send('switching-protocols'))).problem).toBe('connection');
  });

  it('does not reach the next request on the same connection', async () => {
    expect((await send('small-length')).text).toBe('{"a":');
    expect(JSON.parse((await send('ok')).text).ok).toBe(true);
  });

  it('of an error status is still that status', async () => {
    expect(await send('status?code=500&content-encoding=gzip&body=plain')).toMatchObject({ status: 500, text: '' });
    const answer = await send('failing-with-hanging-body?code=429', { timeoutMs: 200 });
    expect(answer).toMatchObject({ status: 429, text: '' });
    expect(answer.headers['retry-after']).toBe('7');
  });
});

describe('a redirect', () => {
  it('is followed on the same origin, three times at most', async () => {
    const answer = await send('hops?n=3', { headers: { authorization: 'Bearer abc' } });
    expect(answer).toMatchObject({ status: 200, url: `${server.origin}/hops?n=0` });
    expect(server.received.at(-1)?.headers.authorization).toBe('Bearer abc');
    const error = await failure(send('hops?n=4'));
    expect(error).toMatchObject({ problem: 'redirect', status: 302, outcomeUnknown: false });
    expect(error.message).toContain('one redirect more');
  });

  it('to another origin is refused, and nothing reaches it', async () => {
    const error = await failure(send(`redirect?to=${other.origin}/ok?token=abc`));
    expect(error.problem).toBe('redirect');
    expect(error.message).toBe(
      `redirect refused: ${server.origin}/redirect answered 302, pointing to another origin (${other.origin})`,
    );
    expect(other.received).toEqual([]);
  });

  it.each(['file:///etc/passwd', '//169.254.169.254/latest', 'http://user:pass@127.0.0.1/', 'http://['])(
    'to %s is refused',
    async (to) => {
      expect((await failure(send(`redirect?to=${encodeURIComponent(to)}`))).problem).toBe('redirect');
    },
  );

  it('of a POST is refused, and says whether the POST may have been carried out', async () => {
    const post = { method: 'POST', body: '{}' } as const;
    expect(await failure(send('redirect?to=/ok&code=302', post))).toMatchObject({
      problem: 'redirect',
      outcomeUnknown: true,
    });
    expect(await failure(send('redirect?to=/ok&code=307', post))).toMatchObject({
      problem: 'redirect',
      outcomeUnknown: false,
    });
  });

  it('is an error where none is to be followed', async () => {
    expect((await failure(send('redirect?to=/ok', { redirects: 'none' }))).problem).toBe('redirect');
  });
});

describe('a request that may not be made', () => {
  it.each([
    ['ftp://127.0.0.1/', 'Only http and https'],
    ['nonsense', 'not an absolute URL'],
    ['http://user:hunter22@127.0.0.1/', 'user name or a password'],
    ['http://10.0.0.1/', 'a private address'],
    ['http://169.254.169.254/latest/meta-data', 'a link-local address'],
  ])('%s', async (url, words) => {
    const error = await refusal(client.send({ url }));
    expect(error.message).toContain(words);
    expect(error.message).not.toContain('hunter22');
  });

  it('is one to a name that resolves to a forbidden address at the moment of connecting', async () => {
    const rebinding = createAddressGuard({
      allowedPrivateCidrs: [],
      resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
    });
    const before = server.received.length;
    const error = await refusal(
      createHttpClient({ guard: rebinding }).send({ url: `http://innocent.example:${server.port}/ok` }),
    );
    expect(error.message).toContain('127.0.0.1 is a loopback address');
    expect(server.received.length).toBe(before);
  });

  it.each([
    { 'x-key': 'a\r\nx-injected: 1' },
    { 'x-key': 'a\nb' },
    { 'x-key': 'a\u0000b' },
    { 'x-key': 'кирилл' },
    { 'x key': 'a' },
    { 'x\r\ny': 'a' },
    { '': 'a' },
    { Host: 'internal' },
    { 'content-length': '0' },
    { 'Transfer-Encoding': 'chunked' },
  ])('has a header like %j', async (headers) => {
    const before = server.received.length;
    const error = await refusal(send('ok', { headers: headers as unknown as Record<string, string> }));
    expect(error.message).toContain('header');
    expect(server.received.length).toBe(before);
  });
});

it('never shows the query or a secret in the path', async () => {
  const refused = await refusal(client.send({ url: 'http://10.0.0.1/canary/x?canary', secrets: ['canary'] }));
  expect(refused.message).toContain('http://10.0.0.1/[redacted]/x cannot be called');

  const error = await failure(send('hang/../reset?apikey=abcdef123456', { secrets: ['reset'] }));
  expect(error.message).toBe(`connection lost calling ${server.origin}/[redacted] (ECONNRESET)`);
  expect(error.cause).toBeUndefined();
});
