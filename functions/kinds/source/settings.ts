import { PermanentError } from '../../model/failure.ts';
import type { Integration } from '../../model/integration.ts';
import type { DataType } from './convert.ts';
import { shortHash } from './hash.ts';
import { type Path, parsePath } from './path.ts';
import { DEFAULT_AUTH_HEADER, graphqlConfig, restConfig } from './schema.ts';
import { resolveUrl } from './source-url.ts';

/** The configuration as a run uses it: parsed, addresses resolved, defaults filled in. */
export interface SourceSettings {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly graphql: GraphqlDocument | null;
  readonly auth: 'none' | 'apiKey' | 'bearer' | 'basic';
  readonly authHeader: string;
  /** Null: looked for under the usual names. */
  readonly itemsPath: Path | null;
  readonly pagination: Pagination;
  /** Null: every scalar that a row has is a field. */
  readonly fields: readonly Field[] | null;
  readonly incremental: { readonly param: string; readonly path: Path } | null;
  readonly timeoutMs: number;
  /** Null: for ever. */
  readonly retentionDays: number | null;
  /** Changes when another question is asked: what was read so far says nothing about its answer. */
  readonly question: string;
  /** Changes when the same answer would be stored differently. */
  readonly reading: string;
}

export interface GraphqlDocument {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | undefined;
}

export interface Field {
  readonly name: string;
  readonly path: Path;
  readonly dataType: DataType | undefined;
}

export interface Pagination {
  readonly type: 'none' | 'page' | 'cursor' | 'link';
  readonly param: string;
  readonly path: Path;
  readonly size: { readonly param: string; readonly value: number } | null;
}

/** Throws PermanentError when the stored configuration cannot be used; it was checked at save, so an older version wrote it. */
export function readSettings(integration: Integration): SourceSettings {
  const { baseUrl, credentialsSetAt, provider } = integration;
  const parsed = (provider === 'graphql' ? graphqlConfig : restConfig).safeParse(integration.config);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new PermanentError(`config.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'cannot be read'}`, 'config');
  }
  const config = parsed.data;
  const resolved = resolveUrl(baseUrl, config.url);
  if (!('url' in resolved)) throw new PermanentError(`${resolved.path} ${resolved.message}`, 'config');
  const graphql =
    'query' in config
      ? { query: config.query, variables: config.variables ?? {}, operationName: config.operationName }
      : null;
  const { fields, incremental, pagination } = config;
  const question = {
    url: resolved.url,
    headers: config.headers,
    body: 'body' in config ? config.body : undefined,
    graphql,
    itemsPath: config.itemsPath,
    incremental,
  };
  return {
    url: resolved.url,
    method: graphql ? 'POST' : (config.method ?? 'GET'),
    headers: Object.fromEntries(
      Object.entries(config.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    body: question.body,
    graphql,
    auth: config.auth ?? 'none',
    authHeader: (config.authHeader ?? DEFAULT_AUTH_HEADER).toLowerCase(),
    itemsPath: config.itemsPath === undefined ? null : toPath(config.itemsPath),
    pagination: {
      type: pagination?.type ?? 'none',
      param: pagination?.param ?? '',
      path: toPath(pagination?.path ?? '.'),
      size:
        pagination?.pageSizeParam !== undefined && pagination.pageSize !== undefined
          ? { param: pagination.pageSizeParam, value: pagination.pageSize }
          : null,
    },
    fields:
      fields === undefined || fields.length === 0
        ? null
        : fields.map((field) => ({ name: field.name, path: toPath(field.path), dataType: field.dataType })),
    incremental: incremental === undefined ? null : { param: incremental.param, path: toPath(incremental.path) },
    timeoutMs: (config.timeoutSeconds ?? 20) * 1000,
    retentionDays: config.retentionDays ?? null,
    question: shortHash(question),
    reading: shortHash({ question, fields, pagination, auth: config.auth, credentialsSetAt }),
  };
}

/** The schema has refused what is no path. */
const toPath = (text: string): Path => parsePath(text) ?? [];
