/** What the console uses of an OpenID provider, as its discovery document tells. */
export interface OpenIdProvider {
  readonly authorizationEndpoint: string;
  readonly endSessionEndpoint: string | null;
  /** Throws when the provider refuses. */
  exchange(parameters: Readonly<Record<string, string>>): Promise<TokenAnswer>;
}

export interface TokenAnswer {
  readonly accessToken: string | undefined;
  readonly idToken: string | undefined;
  readonly refreshToken: string | undefined;
}

/** The provider said no, as opposed to: it could not be reached. */
export class SignInRefused extends Error {
  override readonly name = 'SignInRefused';
}

export async function discover(issuer: string): Promise<OpenIdProvider> {
  const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  if (!response.ok) throw new Error(`The sign-in service answered ${response.status} to its discovery address.`);
  const found = (await response.json()) as Readonly<Record<string, string | undefined>>;
  const { authorization_endpoint, token_endpoint, end_session_endpoint } = found;
  if (authorization_endpoint === undefined || token_endpoint === undefined) {
    throw new Error('The sign-in service names no authorization or token endpoint.');
  }
  return {
    authorizationEndpoint: authorization_endpoint,
    endSessionEndpoint: end_session_endpoint ?? null,
    async exchange(parameters) {
      const answer = await fetch(token_endpoint, { method: 'POST', body: new URLSearchParams(parameters) });
      const body = (await answer.json()) as Readonly<Record<string, string | undefined>>;
      if (answer.status >= 400 && answer.status < 500) {
        throw new SignInRefused(body.error_description ?? body.error ?? `refused (${answer.status})`);
      }
      if (!answer.ok) throw new Error(`The sign-in service answered ${answer.status}.`);
      return { accessToken: body.access_token, idToken: body.id_token, refreshToken: body.refresh_token };
    },
  };
}
