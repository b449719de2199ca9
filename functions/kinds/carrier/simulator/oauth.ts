import type { WireAnswer, WireCall } from './simulated-carrier.ts';

/** The refusal of a call without a token that is valid now. */
export function bearerRefusal(call: WireCall, error: unknown): WireAnswer | undefined {
  const [scheme, token = ''] = (call.headers.authorization ?? '').split(' ');
  return scheme === 'Bearer' && call.isToken(token) ? undefined : { status: 401, body: error };
}

export const basicOf = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** The parsed body of a call; undefined when it is no JSON. */
export function jsonOf(call: WireCall): Record<string, unknown> | undefined {
  try {
    return JSON.parse(call.body) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
