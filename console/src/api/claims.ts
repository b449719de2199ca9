/** What the console reads of a token. The API checks the signature; the page only shows what the token says. */
export interface Claims {
  readonly tenantId: string | undefined;
  readonly role: 'viewer' | 'operator';
  readonly userName: string | null;
  /** Epoch ms; infinite when the token does not tell. */
  readonly expiresAt: number;
}

/** Undefined for what is no JWT (an issuer may give out opaque access tokens). */
export function readClaims(token: string): Claims | undefined {
  const [, payload] = token.split('.');
  if (payload === undefined) return undefined;
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (char) =>
      char.charCodeAt(0),
    );
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    const text = (name: string): string | undefined => {
      const value = claims[name];
      return typeof value === 'string' && value !== '' ? value : undefined;
    };
    return {
      tenantId: text('tenant_id'),
      // Whatever else the role is, the API allows no more than reading.
      role: claims.role === 'operator' ? 'operator' : 'viewer',
      userName: text('email') ?? text('name') ?? text('username') ?? text('sub') ?? null,
      expiresAt: typeof claims.exp === 'number' ? claims.exp * 1000 : Number.POSITIVE_INFINITY,
    };
  } catch {
    return undefined;
  }
}
