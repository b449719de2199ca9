import { CREDENTIAL_NAMES, type CredentialName, KINDS, type KindName } from './types.ts';

/** What kinds and providers this deployment has, and what each of them takes: `x-kinds` of the OpenAPI document. */
export type Catalog = readonly KindEntry[];

export interface KindEntry {
  readonly kind: KindName;
  readonly title: string;
  /** Seconds. */
  readonly defaultSyncInterval: number;
  readonly providers: readonly ProviderEntry[];
}

export interface ProviderEntry {
  readonly provider: string;
  readonly title: string;
  /** Null: each customer has their own, so that it must be given. */
  readonly defaultBaseUrl: string | null;
  readonly accountId: { readonly title: string; readonly required: boolean } | null;
  readonly credentials: readonly CredentialEntry[];
  readonly config: JsonSchema;
}

export interface CredentialEntry {
  readonly name: CredentialName;
  readonly title: string;
  readonly optional?: boolean;
}

/** The part of JSON Schema that the API uses for configurations. */
export interface JsonSchema {
  readonly type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean';
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly maxLength?: number;
  readonly anyOf?: readonly JsonSchema[];
}

/** Leaves out what this console does not know, so that a newer API does not break it. */
export function readCatalog(openApi: unknown): Catalog {
  const kinds = (openApi as { readonly 'x-kinds'?: unknown } | null)?.['x-kinds'];
  if (!Array.isArray(kinds)) throw new Error('The API document does not tell which kinds there are.');
  return (kinds as readonly KindEntry[])
    .filter(({ kind }) => KINDS.includes(kind))
    .map((entry) => ({
      ...entry,
      providers: entry.providers.map((provider) => ({
        ...provider,
        credentials: provider.credentials.filter(({ name }) => CREDENTIAL_NAMES.includes(name)),
      })),
    }));
}

export const findProvider = (
  catalog: Catalog | undefined,
  kind: KindName,
  provider: string,
): ProviderEntry | undefined =>
  catalog?.find((entry) => entry.kind === kind)?.providers.find((entry) => entry.provider === provider);
