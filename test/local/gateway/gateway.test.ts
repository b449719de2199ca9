import { request } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../functions/platform/clock.ts';
import { type Gateway, startGateway } from '../../../local/gateway/gateway.ts';
import { createLocalTokens } from '../../../local/gateway/local-tokens.ts';

const SECRET = new Uint8Array(32).fill(1);
const tokens = createLocalTokens(SECRET);
let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({
    port: 0,
    api: async ({ requestContext }: APIGatewayProxyEventV2) => ({
      statusCode: 200,
      body: JSON.stringify(requestContext),
    }),
    tokens,
    console: { serve: async (_request, response) => void response.writeHead(200).end('console') },
    invocation: { clock: systemClock, newId: () => 'request-1', region: 'us-east-1', accountId: '000000000000' },
  });
});
afterAll(() => gateway.close());

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** By hand, because fetch tidies addresses up. */
function call(
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
  body = '',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { port: gateway.port, host: '127.0.0.1', path, method, headers, agent: false },
      async (response) => {
        let text = '';
        for await (const part of response) text += part;
        resolve({ status: response.statusCode, headers: response.headers, text });
      },
    );
    sent.once('error', reject).end(body);
  });
}

const bearer = (token: string) => call('/api/settings', { authorization: `Bearer ${token}` });
const claims = { tenant_id: 'acme', role: 'operator' };
const signed = (key = SECRET, alg = 'HS256', issuer = 'driftless-local', expires = '1h') =>
  new SignJWT(claims).setProtectedHeader({ alg }).setIssuer(issuer).setExpirationTime(expires).sign(key);
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('the local gateway', () => {
  it('lets in who has a token of its own, and hands on the claims', async () => {
    const token = await call('/dev/token', {}, 'POST', JSON.stringify({ tenantId: 'acme', role: 'operator' }));
    const answer = await bearer(JSON.parse(token.text).token);
    expect(JSON.parse(answer.text).authorizer.jwt.claims).toMatchObject(claims);
    expect((await bearer(await signed())).status).toBe(200);
  });

  it.each<[string, () => Promise<string>]>([
    ['garbled', async () => 'a.b.c'],
    ['of no algorithm', async () => `${part({ alg: 'none' })}.${part({ ...claims, iss: 'driftless-local' })}.`],
    ['of another algorithm', () => signed(new Uint8Array(64).fill(1), 'HS512')],
    ['of another key', () => signed(new Uint8Array(32).fill(2))],
    ['of another issuer', () => signed(SECRET, 'HS256', 'somebody')],
    ['that has expired', () => signed(SECRET, 'HS256', 'driftless-local', '1 second ago')],
  ])('refuses a token %s', async (_what, token) => {
    expect(await bearer(await token())).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
  });

  it('refuses pages of other sites and names that merely lead to this machine', async () => {
    const authorization = `Bearer ${await signed()}`;
    const page = await call('/api/settings', { authorization, origin: 'https://evil.example' });
    const name = await call('/api/settings', { authorization, host: 'evil.example' });
    expect([page.status, name.status]).toEqual([403, 403]);
  });

  it('says of what is no address that it is none', async () => {
    expect((await call('//')).status).toBe(400);
  });
});
