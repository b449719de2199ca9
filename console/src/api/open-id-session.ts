import { type Claims, readClaims } from './claims.ts';
import { discover, type OpenIdProvider, SignInRefused, type TokenAnswer } from './open-id-provider.ts';
import { createPkce, randomText } from './pkce.ts';
import type { PageConfiguration, Session } from './session.ts';

const RENEW_BEFORE_MS = 120_000;
const LEAVING_MS = 10_000;
/** What waits while the person is away at the sign-in page; of this tab only, and gone when they are back. */
const PENDING_KEY = 'driftless.sign-in';
/** So that a reload does not ask again; of this tab only. */
const REFRESH_KEY = 'driftless.refresh';

interface Tokens {
  readonly bearer: string;
  readonly claims: Claims;
  readonly idToken: string | undefined;
}

/** Signs in by the authorization code flow with PKCE. Tokens stay in memory; the refresh token in the tab's sessionStorage. */
export async function openIdSession(configuration: PageConfiguration): Promise<Session> {
  const { clientId } = configuration;
  const provider = await discover(configuration.issuer);
  let tokens = (await fromRedirect(configuration, provider)) ?? (await fromRefreshToken(configuration, provider));
  tokens ??= await signIn(configuration, provider);
  const { claims, idToken } = tokens;
  if (claims.tenantId === undefined) {
    throw new Error('Your account belongs to no tenant (claim tenant_id). Ask your administrator.');
  }
  let renewal: Promise<Tokens> | undefined;
  return {
    tenantId: claims.tenantId,
    role: claims.role,
    userName: readClaims(idToken ?? '')?.userName ?? claims.userName,
    async token(renew = false) {
      if (tokens === undefined || renew || tokens.claims.expiresAt - Date.now() < RENEW_BEFORE_MS) {
        // Several calls that find it old share one renewal: a refresh token may be good for one use only.
        renewal ??= (async () =>
          (await fromRefreshToken(configuration, provider)) ?? (await signIn(configuration, provider)))();
        try {
          tokens = await renewal;
        } finally {
          renewal = undefined;
        }
      }
      return tokens.bearer;
    },
    signOut() {
      sessionStorage.removeItem(REFRESH_KEY);
      const home = `${location.origin}/`;
      if (provider.endSessionEndpoint === null) return location.assign(home);
      // The standard's names, and Cognito's own.
      const query = new URLSearchParams({ client_id: clientId, post_logout_redirect_uri: home, logout_uri: home });
      if (tokens?.idToken !== undefined) query.set('id_token_hint', tokens.idToken);
      location.assign(`${provider.endSessionEndpoint}?${query}`);
    },
  };
}

/** Leaves the page. What it was showing is shown again after. */
async function signIn({ clientId, scope }: PageConfiguration, provider: OpenIdProvider): Promise<never> {
  const { verifier, challenge } = await createPkce();
  const state = randomText();
  const returnTo = location.pathname + location.search;
  sessionStorage.setItem(PENDING_KEY, JSON.stringify({ state, verifier, returnTo }));
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: `${location.origin}/`,
    scope,
    state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  location.assign(`${provider.authorizationEndpoint}?${query}`);
  // Whoever is still here then has chosen to stay, for what they have typed.
  return new Promise((_, reject) => setTimeout(() => reject(new SignInRefused('Sign in again to go on.')), LEAVING_MS));
}

async function fromRedirect({ clientId }: PageConfiguration, provider: OpenIdProvider): Promise<Tokens | undefined> {
  const answer = new URLSearchParams(location.search);
  const state = answer.get('state');
  if (state === null) return undefined;
  const pending = JSON.parse(sessionStorage.getItem(PENDING_KEY) ?? 'null') as Pending | null;
  sessionStorage.removeItem(PENDING_KEY);
  // The code must not stay in the address, nor be used by a reload.
  history.replaceState(null, '', pending?.returnTo ?? '/');
  // An answer nobody here asked for (an old bookmark, or somebody else's code): sign in anew.
  if (pending === null || pending.state !== state) return undefined;
  const code = answer.get('code');
  if (code === null) throw new SignInRefused(answer.get('error_description') ?? answer.get('error') ?? 'refused');
  const redirect = { redirect_uri: `${location.origin}/`, code_verifier: pending.verifier };
  return keep(await provider.exchange({ grant_type: 'authorization_code', client_id: clientId, code, ...redirect }));
}

interface Pending {
  readonly state: string;
  readonly verifier: string;
  readonly returnTo: string;
}

/** Undefined when there is none, or the provider does not take it any more. */
async function fromRefreshToken(
  { clientId }: PageConfiguration,
  provider: OpenIdProvider,
): Promise<Tokens | undefined> {
  const refresh = sessionStorage.getItem(REFRESH_KEY);
  if (refresh === null) return undefined;
  try {
    return keep(await provider.exchange({ grant_type: 'refresh_token', client_id: clientId, refresh_token: refresh }));
  } catch (error) {
    if (!(error instanceof SignInRefused)) throw error;
    sessionStorage.removeItem(REFRESH_KEY);
    return undefined;
  }
}

/** The token that carries the tenant is the one for the API: the access token, where the issuer puts claims into it. */
function keep({ accessToken, idToken, refreshToken }: TokenAnswer): Tokens {
  if (refreshToken !== undefined) sessionStorage.setItem(REFRESH_KEY, refreshToken);
  const readable = [accessToken, idToken].flatMap((bearer) => {
    const claims = bearer === undefined ? undefined : readClaims(bearer);
    return bearer === undefined || claims === undefined ? [] : [{ bearer, claims, idToken }];
  });
  const chosen = readable.find(({ claims }) => claims.tenantId !== undefined) ?? readable[0];
  if (chosen === undefined) throw new Error('The sign-in service gave no token that can be read.');
  return chosen;
}
