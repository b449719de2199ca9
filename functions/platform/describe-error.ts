import { redact } from './redact.ts';

/** An unforeseen error for the log. It may quote anything: what is a secret, or looks like one, is taken out. */
export function describeError(error: unknown, secrets: readonly string[] = []): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: redact(String(error), secrets) };
  const { name, message, stack = '' } = error;
  return { name, message: redact(message, secrets), stack: redact(stack, secrets) };
}
