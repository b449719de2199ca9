import type { IntegrationDraft, ProviderDescription } from '../kind.ts';
import { graphqlConfig, restConfig } from './schema.ts';
import { isAbsolute, resolveUrl } from './source-url.ts';

const AUTH_NEEDS = { none: [], apiKey: ['apiKey'], bearer: ['token'], basic: ['username', 'password'] } as const;

/** One message per bad field; the schema has checked each field for itself. */
function validate(draft: IntegrationDraft): { path: string; message: string }[] {
  const { baseUrl, config, credentialNames } = draft;
  const resolved = resolveUrl(baseUrl, String(config.url ?? ''));
  const auth = config.auth as keyof typeof AUTH_NEEDS | undefined;
  const missing = AUTH_NEEDS[auth ?? 'none'].filter((name) => !credentialNames.includes(name));
  return [
    ...('url' in resolved ? [] : [resolved]),
    ...missing.map((name) => ({ path: `credentials.${name}`, message: `is required for auth ${auth}` })),
  ];
}

/** As it was written where it is absolute: a bad address is then told by its own name. */
function urls({ baseUrl, config }: IntegrationDraft): readonly string[] {
  const url = String(config.url ?? '');
  if (isAbsolute(url)) return [url];
  const resolved = resolveUrl(baseUrl, url);
  return 'url' in resolved ? [resolved.url] : [];
}

const shared = {
  defaultBaseUrl: null,
  credentials: [
    { name: 'apiKey', title: 'API key', optional: true },
    { name: 'token', title: 'Bearer token', optional: true },
    { name: 'username', title: 'User name', optional: true },
    { name: 'password', title: 'Password', optional: true },
  ],
  rateLimit: null,
  validate,
  urls,
} as const;

export const rest: ProviderDescription = { ...shared, title: 'REST', configSchema: restConfig };
export const graphql: ProviderDescription = { ...shared, title: 'GraphQL', configSchema: graphqlConfig };
