import type { Credentials } from '../../model/credentials.ts';
import { PermanentError } from '../../model/failure.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Upstream } from '../../platform/upstream/upstream.ts';
import type { ProviderDescription, TestRun } from '../kind.ts';
import { type CarrierConfig, parseConfig } from './config.ts';

/** What a provider is given of an integration: everything it needs to call the carrier, and nothing else. */
export interface Account {
  readonly upstream: Upstream;
  readonly credentials: Credentials;
  /** Of the carrier (Hologram: the organisation). */
  readonly accountId: string | null;
  /** No slash at the end. */
  readonly baseUrl: string;
  /** Where tokens come from, when it is somewhere else. */
  readonly authBaseUrl: string | null;
  readonly config: CarrierConfig;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Kept across runs of a warm process, private to the credential. */
  readonly memo: Map<string, unknown>;
  /** Epoch ms after which no call is repeated. */
  readonly deadline: number;
}

/** `defaultBaseUrl`: for providers whose base depends on the configuration. Throws PermanentError `config`. */
export function openAccount(run: TestRun, description: ProviderDescription, deadline: number): Account {
  const { integration } = run;
  const config = parseConfig(integration.config);
  const baseUrl = integration.baseUrl ?? defaultBaseUrl(description, config);
  if (baseUrl === null) {
    throw new PermanentError(`${description.title} has a base URL of your own: set it on the integration.`, 'config');
  }
  const missing = description.credentials.filter(({ name, optional }) => !optional && !run.credentials[name]);
  if (missing.length > 0) {
    const titles = missing.map(({ title }) => title).join(', ');
    throw new PermanentError(`Set the credentials of ${description.title}: ${titles}.`, 'auth');
  }
  return {
    upstream: run.upstream,
    credentials: run.credentials,
    accountId: integration.accountId,
    baseUrl: withoutSlash(baseUrl),
    authBaseUrl: config.authBaseUrl === undefined ? null : withoutSlash(config.authBaseUrl),
    config,
    clock: run.clock,
    signal: run.signal,
    memo: run.memo,
    deadline,
  };
}

/** A provider with several documented addresses says in `urls` which one a configuration means. */
function defaultBaseUrl(description: ProviderDescription, config: CarrierConfig): string | null {
  const draft = { provider: '', baseUrl: null, accountId: null, config: { ...config }, credentialNames: [] };
  return description.urls?.(draft)[0] ?? description.defaultBaseUrl;
}

/** A credential the description requires; `openAccount` has seen that it is there. */
export const required = (value: string | undefined): string => value ?? '';

const withoutSlash = (url: string): string => url.replace(/\/+$/, '');
