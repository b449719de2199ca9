import type { Clock } from './clock.ts';

export interface AccessToken {
  readonly value: string;
  /** Epoch ms; null when the upstream does not tell. */
  readonly expiresAt: number | null;
}

export interface TokenCache<T extends AccessToken> {
  /** A token that will last for a while yet. */
  current(): Promise<T>;
  /** The one that is kept, whether it still lasts or not: it is a secret. */
  kept(): T | undefined;
  /** Forgets this token, unless somebody has renewed it already. */
  drop(token: T): void;
}

interface Kept<T> {
  token?: T | undefined;
  pending?: Promise<T> | undefined;
}

/** Tokens are renewed this long before they end, so that none ends on its way. */
const RENEW_BEFORE_MS = 60_000;

/**
 * Keeps a token in `memo` across runs of a warm process; however many runs need one at once, it is fetched once.
 * `fetch` throws PermanentError `auth` for a rejected credential; a failed fetch is not kept.
 */
export function tokenCache<T extends AccessToken>(
  memo: Map<string, unknown>,
  name: string,
  fetch: () => Promise<T>,
  clock: Clock,
): TokenCache<T> {
  const kept = (memo.get(name) ?? {}) as Kept<T>;
  memo.set(name, kept);

  const renew = (): Promise<T> => {
    const pending = fetch().then(
      (token) => {
        kept.token = token;
        kept.pending = undefined;
        return token;
      },
      (error: unknown) => {
        kept.pending = undefined;
        throw error;
      },
    );
    kept.pending = pending;
    return pending;
  };

  return {
    async current() {
      const { token } = kept;
      if (token !== undefined && lastsFor(token, clock.now())) return token;
      if (kept.pending === undefined) return renew();
      try {
        return await kept.pending;
      } catch {
        // Another run's fetch failed, perhaps only because that run was stopped: this one asks for itself.
        return kept.pending ?? renew();
      }
    },
    kept: () => kept.token,
    drop(token) {
      if (kept.token?.value === token.value) kept.token = undefined;
    },
  };
}

const lastsFor = (token: AccessToken, now: number): boolean =>
  token.expiresAt === null || token.expiresAt - RENEW_BEFORE_MS > now;
