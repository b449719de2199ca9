import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inject } from 'vitest';

/** An OpenID provider that signs in whoever comes, by code and PKCE, and gives out tokens that the local API takes. */
export async function startIssuer(who: { readonly tenantId: string; readonly role: 'viewer' | 'operator' }) {
  const codes = new Map<string, { readonly challenge: string; readonly redirectUri: string }>();
  const refreshTokens = new Set<string>();
  const state = { expiresInSeconds: 3600, refuseRefresh: false };
  const grants: string[] = [];
  let origin = '';

  const token = async (): Promise<string> => {
    const response = await fetch(`${inject('url')}/dev/token`, {
      method: 'POST',
      body: JSON.stringify({ ...who, expiresInSeconds: state.expiresInSeconds }),
    });
    return ((await response.json()) as { readonly token: string }).token;
  };

  async function exchange(form: URLSearchParams): Promise<{ readonly status: number; readonly body: object }> {
    const grant = form.get('grant_type') ?? '';
    grants.push(grant);
    if (form.get('client_id') !== 'console') return { status: 400, body: { error: 'invalid_client' } };
    if (grant === 'authorization_code') {
      const code = codes.get(form.get('code') ?? '');
      codes.delete(form.get('code') ?? '');
      const challenge = createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url');
      if (code?.challenge !== challenge || code.redirectUri !== form.get('redirect_uri')) {
        return { status: 400, body: { error: 'invalid_grant' } };
      }
    } else if (state.refuseRefresh || !refreshTokens.delete(form.get('refresh_token') ?? '')) {
      return { status: 400, body: { error: 'invalid_grant' } };
    }
    const refresh = randomUUID();
    refreshTokens.add(refresh);
    return { status: 200, body: { access_token: await token(), refresh_token: refresh, token_type: 'Bearer' } };
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', origin);
    const cors = { 'access-control-allow-origin': '*', 'content-type': 'application/json' };
    if (url.pathname === '/.well-known/openid-configuration') {
      const found = {
        authorization_endpoint: `${origin}/authorize`,
        token_endpoint: `${origin}/token`,
        end_session_endpoint: `${origin}/logout`,
      };
      response.writeHead(200, cors).end(JSON.stringify(found));
    } else if (url.pathname === '/authorize') {
      const code = randomUUID();
      const redirectUri = url.searchParams.get('redirect_uri') ?? '';
      codes.set(code, { challenge: url.searchParams.get('code_challenge') ?? '', redirectUri });
      const back = new URLSearchParams({ code, state: url.searchParams.get('state') ?? '' });
      response.writeHead(302, { location: `${redirectUri}?${back}` }).end();
    } else if (url.pathname === '/token') {
      const { status, body } = await exchange(new URLSearchParams(await text(request)));
      response.writeHead(status, cors).end(JSON.stringify(body));
    } else {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Signed out</title>');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer: origin,
    /** Of the token endpoint, in order. */
    grants,
    state,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

async function text(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
