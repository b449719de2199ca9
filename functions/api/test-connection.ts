import { z } from 'zod';
import { PermanentError, RetryLater, UpstreamError } from '../model/failure.ts';
import type { Integration } from '../model/integration.ts';
import type { ApiDeps } from './api-route.ts';
import { connectTo } from './kind-deps.ts';

export const testResultSchema = z.object({
  ok: z.boolean(),
  detail: z.unknown().meta({ description: 'Words or an object for a person.' }),
  latencyMs: z.number().int(),
});

/** Calls the provider without storing anything. A provider that refuses is an answer, not an error. */
export async function testConnection(
  integration: Integration,
  deps: Pick<ApiDeps, 'connect' | 'clock' | 'db' | 'kinds' | 'log'>,
): Promise<z.output<typeof testResultSchema>> {
  const startedAt = deps.clock.now();
  const tried = async (): Promise<{ readonly ok: boolean; readonly detail: unknown }> => {
    const kind = deps.kinds[integration.kind];
    if (kind === undefined) return { ok: false, detail: `Kind ${integration.kind} is not part of this deployment.` };
    try {
      const { ok, detail } = await kind.test(await connectTo(integration, deps));
      return { ok, detail };
    } catch (error) {
      return { ok: false, detail: wordsFor(error, integration, deps) };
    }
  };
  const { ok, detail } = await tried();
  return { ok, detail, latencyMs: deps.clock.now() - startedAt };
}

/** Only errors made for people are shown; any other could hold anything. */
function wordsFor(error: unknown, { tenantId, id, kind }: Integration, { log }: Pick<ApiDeps, 'log'>): string {
  if (error instanceof PermanentError || error instanceof RetryLater || error instanceof UpstreamError) {
    return error.message;
  }
  if (error instanceof Error && error.name === 'TimeoutError') return 'timeout: the provider did not answer in time';
  log.error('a connection test failed unexpectedly', { tenantId, integrationId: id, kind, error });
  return 'The test could not be made. The operators find why in the log.';
}
