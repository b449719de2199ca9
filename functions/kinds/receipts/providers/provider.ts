import type { IntegrationDraft, ProviderDescription, TestResult, TestRun } from '../../kind.ts';
import type { DocumentProblem, FiscalDocument } from '../fiscal-document.ts';
import type { Operator } from '../operator.ts';

/** A fiscal data operator's API. */
export interface Provider extends ProviderDescription {
  /** What this operator takes less of than a fiscal document may be; looked at before the receipt is taken in. */
  problems(document: FiscalDocument): readonly DocumentProblem[];
  /** Ready to send for one run. Throws PermanentError `config` when the integration is not set up for it. */
  connect(run: TestRun): Operator;
  /** Calls the operator without sending a document. */
  test(run: TestRun): Promise<TestResult>;
  /** The base URL of its calls, without a slash at the end. */
  baseUrl(integration: { readonly baseUrl: string | null }): string;
}

const DEFAULT_TIMEOUT_SECONDS = 10;

/** Of one call, ms. */
export function timeoutMsOf(config: Readonly<Record<string, unknown>>): number {
  const seconds = config.timeoutSeconds;
  return (typeof seconds === 'number' ? seconds : DEFAULT_TIMEOUT_SECONDS) * 1000;
}

/** All addresses an integration calls, for the address guard. */
export const urlsOf =
  (base: string | null) =>
  ({ baseUrl, config }: IntegrationDraft): readonly string[] =>
    [baseUrl ?? base, config.heartbeatUrl].filter((url) => typeof url === 'string');

export const withoutSlash = (url: string): string => url.replace(/\/+$/, '');
