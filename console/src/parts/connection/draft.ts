import type { ApiFailure } from '../../api/api-failure.ts';
import type { ProviderEntry } from '../../api/catalog.ts';
import {
  CREDENTIAL_NAMES,
  type CredentialName,
  type Integration,
  type IntegrationChange,
  type KindName,
  type NewIntegration,
} from '../../api/types.ts';
import type { Problems } from '../schema-form/field-props.ts';

/** How an integration reaches its provider, while it is being typed. Empty text: not given. */
export interface Draft {
  readonly name: string;
  readonly baseUrl: string;
  readonly accountId: string;
  readonly credentials: Readonly<Partial<Record<CredentialName, string>>>;
  readonly config: Readonly<Record<string, unknown>>;
}

export const EMPTY_DRAFT: Draft = { name: '', baseUrl: '', accountId: '', credentials: {}, config: {} };

/** Credentials are never read back: their fields begin empty, and what stays empty stays as it is. */
export const draftOf = ({ name, baseUrl, accountId, config }: Integration): Draft => ({
  name,
  baseUrl: baseUrl ?? '',
  accountId: accountId ?? '',
  credentials: {},
  config,
});

const orNull = (text: string): string | null => (text.trim() === '' ? null : text.trim());

function givenCredentials({ credentials }: Draft): Partial<Record<CredentialName, string>> {
  return Object.fromEntries(CREDENTIAL_NAMES.flatMap((name) => (credentials[name] ? [[name, credentials[name]]] : [])));
}

export const toNew = (draft: Draft, kind: KindName, provider: string): NewIntegration => ({
  name: draft.name.trim(),
  kind,
  provider,
  baseUrl: orNull(draft.baseUrl),
  accountId: orNull(draft.accountId),
  config: draft.config,
  credentials: givenCredentials(draft),
});

export function toChange(draft: Draft, version: number | undefined): IntegrationChange {
  const credentials = givenCredentials(draft);
  return {
    name: draft.name.trim(),
    baseUrl: orNull(draft.baseUrl),
    accountId: orNull(draft.accountId),
    config: draft.config,
    ...(Object.keys(credentials).length > 0 && { credentials }),
    ...(version !== undefined && { version }),
  };
}

/** What can be said before the API is asked. `saved`: credentials were given before. */
export function missingOf(draft: Draft, provider: ProviderEntry, saved: boolean): Problems {
  const problems = new Map<string, string>();
  if (draft.name.trim() === '') problems.set('name', 'Give it a name.');
  if (provider.accountId?.required && draft.accountId.trim() === '') {
    problems.set('accountId', `${provider.title} needs it.`);
  }
  for (const { name, optional = false } of provider.credentials) {
    if (!optional && !saved && !draft.credentials[name])
      problems.set(`credentials.${name}`, `${provider.title} needs it.`);
  }
  for (const name of provider.config.required ?? []) {
    if (draft.config[name] === undefined) problems.set(`config.${name}`, 'It is required.');
  }
  return problems;
}

export const problemsOf = ({ fields }: ApiFailure): Problems =>
  new Map(fields.map(({ path, message }) => [path, message]));

/** Those below a name, by the path from there. */
export const problemsBelow = (problems: Problems, name: string): Problems =>
  new Map(
    [...problems].flatMap(([path, message]) =>
      path.startsWith(`${name}.`) ? [[path.slice(name.length + 1), message]] : [],
    ),
  );
