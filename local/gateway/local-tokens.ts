import { jwtVerify, SignJWT } from 'jose';
import * as z from 'zod';
import { parseTenantId } from '../../functions/model/ids.ts';

/** Stands in for the OIDC issuer: signs tokens for whoever asks. Only the local system has this. */
export interface LocalTokens {
  issue(request: TokenRequest): Promise<string>;
  /** The claims of a token of ours that has not expired; undefined otherwise. */
  verify(token: string): Promise<Readonly<Record<string, unknown>> | undefined>;
}

export const tokenRequestSchema = z.strictObject({
  tenantId: z.string().refine((value) => parseTenantId(value) !== undefined, 'is not a possible tenant id'),
  role: z.enum(['viewer', 'operator']),
  expiresInSeconds: z.number().int().min(1).max(31_536_000).optional(),
});
export type TokenRequest = z.output<typeof tokenRequestSchema>;

const ISSUER = 'driftless-local';
const HALF_A_DAY_SECONDS = 43_200;

export function createLocalTokens(secret: Uint8Array): LocalTokens {
  return {
    issue: ({ tenantId, role, expiresInSeconds = HALF_A_DAY_SECONDS }) =>
      new SignJWT({ tenant_id: tenantId, role })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuer(ISSUER)
        .setSubject(`${role}@${tenantId}`)
        .setIssuedAt()
        .setExpirationTime(`${expiresInSeconds}s`)
        .sign(secret),
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, secret, { issuer: ISSUER, algorithms: ['HS256'] });
        return payload;
      } catch {
        return undefined;
      }
    },
  };
}
