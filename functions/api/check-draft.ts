import type { IntegrationDraft, Kind, ProviderDescription } from '../kinds/kind.ts';
import { type BadField, badFields } from '../kinds/route.ts';
import { CREDENTIAL_NAMES } from '../model/credentials.ts';
import { KIND_NAMES, type KindName } from '../model/kind-name.ts';
import type { ApiDeps } from './api-route.ts';
import { unstorable } from './storable.ts';

/** A draft as it came from outside: any part of it may be of a wrong type, which the body's schema says. */
export interface RawDraft {
  readonly kind: unknown;
  readonly provider: unknown;
  readonly baseUrl: unknown;
  readonly accountId: unknown;
  readonly config: unknown;
  readonly credentialNames: readonly string[];
}

type Context = Pick<ApiDeps, 'kinds' | 'addresses'>;

/** What a kind's provider has against these settings. Empty: they can be saved. */
export function checkDraft(raw: RawDraft, context: Context): BadField[] {
  const kind = kindNamed(raw.kind, context);
  if (kind === undefined) {
    const known = KIND_NAMES.some((name) => name === raw.kind);
    return known ? [{ path: 'kind', message: 'this deployment has no such kind' }] : [];
  }
  const provider = providerNamed(raw.provider, kind);
  if (provider === undefined) {
    const names = Object.keys(kind.providers).join(', ');
    return typeof raw.provider === 'string' ? [{ path: 'provider', message: `is not one of ${names}` }] : [];
  }
  const draft = draftOf(raw);
  const bad = [
    ...checkConfig(draft, provider),
    ...checkCredentials(draft, provider),
    ...checkAccount(draft, provider),
    ...checkBaseUrl(draft, provider),
    ...checkAddresses(draft, provider, context),
  ];
  // The provider's own rules may rely on a configuration of the right shape.
  return bad.length > 0 ? bad : [...(provider.validate?.(draft) ?? [])];
}

function kindNamed(name: unknown, { kinds }: Pick<Context, 'kinds'>): Kind | undefined {
  const known = KIND_NAMES.find((candidate): candidate is KindName => candidate === name);
  return known && kinds[known];
}

/** By own names only: `constructor` is no provider. */
function providerNamed(name: unknown, kind: Kind): ProviderDescription | undefined {
  return typeof name === 'string' && Object.hasOwn(kind.providers, name) ? kind.providers[name] : undefined;
}

function checkConfig({ config }: IntegrationDraft, provider: ProviderDescription): BadField[] {
  const parsed = provider.configSchema.safeParse(config);
  return [...(parsed.success ? [] : badFields(parsed.error, ['config'])), ...unstorable(config, 'config')];
}

function checkCredentials({ credentialNames }: IntegrationDraft, provider: ProviderDescription): BadField[] {
  const missing = provider.credentials
    .filter(({ name, optional }) => !optional && !credentialNames.includes(name))
    .map(({ name, title }) => ({ path: `credentials.${name}`, message: `${provider.title} needs it: ${title}` }));
  const unused = CREDENTIAL_NAMES.filter(
    (name) => credentialNames.includes(name) && !provider.credentials.some((needed) => needed.name === name),
  ).map((name) => ({ path: `credentials.${name}`, message: `${provider.title} does not use it` }));
  return [...missing, ...unused];
}

function checkAccount({ accountId }: IntegrationDraft, { title, accountId: account }: ProviderDescription): BadField[] {
  if (!account?.required || accountId !== null) return [];
  return [{ path: 'accountId', message: `${title} needs it: ${account.title}` }];
}

function checkBaseUrl(draft: IntegrationDraft, provider: ProviderDescription): BadField[] {
  if (draft.baseUrl !== null || provider.defaultBaseUrl !== null) return [];
  // The address may be in the configuration; when that is of the wrong shape, it is what has to be mended first.
  if (provider.urls !== undefined && (!isValidConfig(draft, provider) || provider.urls(draft).length > 0)) return [];
  return [{ path: 'baseUrl', message: `${provider.title} has no address of its own: give yours` }];
}

/** The origins it sends credentials to, where they are not the provider's documented one. */
export function originsOf(raw: RawDraft, context: Pick<Context, 'kinds'>): ReadonlySet<string> {
  const kind = kindNamed(raw.kind, context);
  const provider = kind && providerNamed(raw.provider, kind);
  if (provider === undefined) return new Set();
  const draft = draftOf(raw);
  const urls = addressesOf(draft, provider).flatMap((url) => (URL.canParse(url) ? [new URL(url).origin] : []));
  const documented = provider.defaultBaseUrl === null ? null : new URL(provider.defaultBaseUrl).origin;
  return new Set(urls.filter((origin) => origin !== documented));
}

function draftOf({ provider, baseUrl, accountId, config, credentialNames }: RawDraft): IntegrationDraft {
  return {
    provider: String(provider),
    baseUrl: text(baseUrl),
    accountId: text(accountId),
    config: isRecord(config) ? config : {},
    credentialNames,
  };
}

function addressesOf(draft: IntegrationDraft, provider: ProviderDescription): readonly string[] {
  const { authBaseUrl } = draft.config;
  const own = [draft.baseUrl, authBaseUrl].filter((url) => typeof url === 'string');
  return [...new Set([...own, ...urlsOf(draft, provider)])];
}

/** Every address it would call, checked now as far as can be seen without asking a name server. */
function checkAddresses(draft: IntegrationDraft, provider: ProviderDescription, { addresses }: Context): BadField[] {
  return addressesOf(draft, provider).flatMap((url) => {
    const message = addresses.checkUrl(url);
    return message === undefined ? [] : [{ path: pathOfUrl(url, draft), message }];
  });
}

/** A provider reads its configuration here, which may be of the wrong shape; that is said by its schema. */
function urlsOf(draft: IntegrationDraft, provider: ProviderDescription): readonly string[] {
  return provider.urls !== undefined && isValidConfig(draft, provider) ? provider.urls(draft) : [];
}

const isValidConfig = ({ config }: IntegrationDraft, { configSchema }: ProviderDescription): boolean =>
  configSchema.safeParse(config).success;

function pathOfUrl(url: string, { baseUrl, config }: IntegrationDraft): string {
  if (url === baseUrl) return 'baseUrl';
  const name = Object.keys(config).find((candidate) => config[candidate] === url);
  if (name !== undefined) return `config.${name}`;
  return baseUrl === null ? 'config' : 'baseUrl';
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
