import * as z from 'zod';
import type { TestResult } from '../kinds/kind.ts';
import { PermanentError, RetryLater, UpstreamError } from '../model/failure.ts';
import type { Integration } from '../model/integration.ts';
import { describeError } from '../platform/describe-error.ts';
import { redact } from '../platform/redact.ts';
import type { ApiDeps } from './api-route.ts';
import { connectTo } from './kind-deps.ts';

export const testResultSchema = z.object({
  ok: z.boolean(),
  detail: z.unknown().meta({ description: 'Words or an object for a person.' }),
  latencyMs: z.number().int(),
});

type Deps = Pick<ApiDeps, 'connect' | 'clock' | 'db' | 'kinds' | 'log'>;

/** Calls the provider without storing anything. A provider that refuses is an answer, not an error. */
export async function testConnection(integration: Integration, deps: Deps): Promise<z.output<typeof testResultSchema>> {
  const startedAt = deps.clock.now();
  const { ok, detail } = await tested(integration, deps);
  return { ok, detail, latencyMs: deps.clock.now() - startedAt };
}

async function tested(integration: Integration, deps: Deps): Promise<TestResult> {
  const kind = deps.kinds[integration.kind];
  if (kind === undefined) return { ok: false, detail: `Kind ${integration.kind} is not part of this deployment.` };
  let secrets: readonly string[] = [];
  try {
    const run = await connectTo(integration, deps);
    secrets = Object.values(run.credentials);
    const { ok, detail } = await kind.test(run);
    return { ok, detail: withoutSecrets(detail, secrets) };
  } catch (error) {
    return { ok: false, detail: redact(wordsFor(error, secrets, integration, deps), secrets) };
  }
}

/** A provider's answer may echo what it was sent. */
function withoutSecrets(detail: unknown, secrets: readonly string[]): unknown {
  if (typeof detail === 'string') return redact(detail, secrets);
  if (Array.isArray(detail)) return detail.map((part) => withoutSecrets(part, secrets));
  if (detail === null || typeof detail !== 'object') return detail;
  return Object.fromEntries(Object.entries(detail).map(([name, part]) => [name, withoutSecrets(part, secrets)]));
}

/** Only errors made for people are shown; any other could hold anything. */
function wordsFor(
  error: unknown,
  secrets: readonly string[],
  { tenantId, id, kind }: Integration,
  { log }: Deps,
): string {
  if (error instanceof PermanentError || error instanceof RetryLater || error instanceof UpstreamError) {
    return error.message;
  }
  if (error instanceof Error && error.name === 'TimeoutError') return 'timeout: the provider did not answer in time';
  const facts = { tenantId, integrationId: id, kind, error: describeError(error, secrets) };
  log.error('a connection test failed unexpectedly', facts);
  return 'The test could not be made. The operators find why in the log.';
}
