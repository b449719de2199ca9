import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../functions/platform/clock.ts';
import { type Gateway, startGateway } from '../../../local/gateway/gateway.ts';
import { createLocalTokens } from '../../../local/gateway/local-tokens.ts';

const SECRET = new Uint8Array(32).fill(1);
const start = (port: number): Promise<Gateway> =>
  startGateway({
    port,
    // Answers what it was invoked with.
    api: async ({ rawPath, rawQueryString, body, requestContext }: APIGatewayProxyEventV2) => {
      const { authorizer } = requestContext as { authorizer?: { jwt: { claims: unknown } } };
      const seen = { rawPath, rawQueryString, body, claims: authorizer?.jwt.claims ?? null };
      return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(seen) };
    },
    tokens: createLocalTokens(SECRET),
    console: { serve: async (_, response) => void response.end('the console') },
    invocation: { clock: systemClock, newId: () => 'request', region: 'us-east-1', accountId: '000000000000' },
  });

let gateway: Gateway;
beforeAll(async () => {
  gateway = await start(0);
});
afterAll(() => gateway.close());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** By node:http, because fetch sets Host itself and tidies addresses up. */
function ask(method: string, path: string, headers: Record<string, string> = {}, body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: gateway.port, method, path, headers, agent: false };
    const sent = request(options, async (response) => {
      let text = '';
      for await (const part of response) text += part;
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
    });
    sent.once('error', reject).end(body);
  });
}

const newToken = async (wish: object): Promise<string> =>
  JSON.parse((await ask('POST', '/dev/token', {}, JSON.stringify(wish))).text).token;
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

const CLAIMS = { tenant_id: 'acme', role: 'operator' };
const signed = (key = SECRET, alg = 'HS256', issuer = 'driftless-local', expires = '1h'): Promise<string> =>
  new SignJWT(CLAIMS).setProtectedHeader({ alg }).setIssuer(issuer).setExpirationTime(expires).sign(key);
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('the local gateway', () => {
  it.each([
    ['/api/x/a%20b%2Fc', '/api/x/a b/c'],
    ['/api/x/s%C3%BCd', '/api/x/süd'],
    ['/api/x/a%2541', '/api/x/a%2541'],
    ['/api/x/a%zz', '/api/x/a%zz'],
    ['/api/x/a%ff', '/api/x/a%ff'],
  ])('decodes a path once, as API Gateway does: %s', async (path, rawPath) => {
    const { text } = await ask('GET', path, bearer(await newToken({ tenantId: 'acme', role: 'viewer' })));
    expect(JSON.parse(text).rawPath).toBe(rawPath);
  });

  it('gives the function the claims of its token, and the tenant one asked for', async () => {
    const token = await newToken({ tenantId: 'acme', role: 'viewer' });
    const seen = JSON.parse((await ask('POST', '/api/x?a=1', bearer(token), '{"tenant_id":"other"}')).text);
    expect(seen).toMatchObject({ rawPath: '/api/x', rawQueryString: 'a=1', body: '{"tenant_id":"other"}' });
    expect(seen.claims).toMatchObject({ tenant_id: 'acme', role: 'viewer' });
  });

  it('asks for a token that has not run out, but for what is open to everyone', async () => {
    const path = '/v1/kkt/receipts';
    expect((await ask('GET', path)).status).toBe(401);
    const short = await newToken({ tenantId: 'acme', role: 'operator', expiresInSeconds: 1 });
    expect((await ask('GET', path, bearer(short))).status).toBe(200);
    await expect.poll(async () => (await ask('GET', path, bearer(short))).status, { timeout: 5_000 }).toBe(401);
    expect((await ask('GET', '/api/openapi.json')).status).toBe(200);
  });

  it.each<[string, () => Promise<string>]>([
    ['garbled', async () => 'a.b.c'],
    ['of no algorithm', async () => `${part({ alg: 'none' })}.${part({ ...CLAIMS, iss: 'driftless-local' })}.`],
    ['of another algorithm', () => signed(new Uint8Array(64).fill(1), 'HS512')],
    ['of another key', () => signed(new Uint8Array(32).fill(2))],
    ['of another issuer', () => signed(SECRET, 'HS256', 'somebody')],
    ['that has expired', () => signed(SECRET, 'HS256', 'driftless-local', '1 second ago')],
  ])('refuses a token %s', async (_what, token) => {
    expect((await ask('GET', '/api/settings', bearer(await signed()))).status).toBe(200);
    const answer = await ask('GET', '/api/settings', bearer(await token()));
    expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
  });

  it('does not answer to a name that was made to point here, nor to a page of another site', async () => {
    const wish = JSON.stringify({ tenantId: 'demo', role: 'operator' });
    const statusWith = async (headers: Record<string, string>): Promise<number[]> => [
      (await ask('POST', '/dev/token', headers, wish)).status,
      (await ask('GET', '/', headers)).status,
    ];
    for (const host of ['localhost:1', '127.0.0.1', '[::1]:4680', 'LocalHost']) {
      expect(await statusWith({ host })).toEqual([200, 200]);
    }
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:4680']) {
      expect(await statusWith({ host })).toEqual([403, 403]);
    }
    expect(await statusWith({ origin: 'http://localhost:5173' })).toEqual([200, 200]);
    for (const origin of ['https://evil.example', 'http://localhost.evil.example', 'null']) {
      expect(await statusWith({ origin })).toEqual([403, 403]);
    }
  });

  it.each([
    ['no JSON', 'nothing'],
    ['no role', '{"tenantId":"demo"}'],
    ['a role that is none', '{"tenantId":"demo","role":"admin"}'],
    ['a tenant that cannot be', '{"tenantId":"a/b","role":"viewer"}'],
    ['no time', '{"tenantId":"demo","role":"viewer","expiresInSeconds":0}'],
    ['a field that is none', '{"tenantId":"demo","role":"viewer","admin":true}'],
  ])('gives no token for %s', async (_, body) => {
    expect((await ask('POST', '/dev/token', {}, body)).status).toBe(400);
  });

  it('refuses a body that API Gateway would refuse', async () => {
    expect((await ask('POST', '/api/x', {}, 'x'.repeat(10_000_001))).status).toBe(413);
  });

  it('says of what is no address that it is none', async () => {
    expect((await ask('GET', '//')).status).toBe(400);
  });

  it('says which port is taken', async () => {
    await expect(start(gateway.port)).rejects.toThrow(`port ${gateway.port} is taken; choose another with --port N`);
  });

  it('is not ready on a port that another program has on ::1, where browsers look for localhost', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '::1', resolve));
    const { port } = other.address() as AddressInfo;
    await expect(start(port)).rejects.toThrow(`port ${port} is taken`);
    await new Promise((resolve) => other.close(resolve));
    await (await start(port)).close();
  });
});
