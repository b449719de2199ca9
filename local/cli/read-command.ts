import { parseArgs } from 'node:util';
import { INTEGRATION_STATUSES, RUN_STATUSES } from '../../functions/model/integration.ts';
import { KIND_NAMES } from '../../functions/model/kind-name.ts';
import { UsageError } from './usage.ts';

/** What is asked of the API. `query` and `body` are sent as they are. */
export type Command =
  | { readonly name: 'help' }
  | { readonly name: 'list-integrations' | 'list-dead-letters' | 'events'; readonly query: Query }
  | { readonly name: 'history'; readonly id: string; readonly query: Query }
  | { readonly name: 'show' | 'sync' | 'pause' | 'resume'; readonly id: string }
  | { readonly name: 'redrive'; readonly selection: RedriveSelection; readonly dryRun: boolean }
  | { readonly name: 'overview' };

export type Query = Readonly<Record<string, string | undefined>>;
export type RedriveSelection = { readonly ids: readonly string[] } | { readonly kind: string };

/** Where the command goes and how its answer is shown. */
export interface Invocation {
  readonly command: Command;
  readonly url: string;
  /** Undefined: one is asked of the local system, for `tenant`. */
  readonly token: string | undefined;
  readonly tenant: string;
  readonly json: boolean;
}

const OPTIONS = {
  kind: { type: 'string' },
  status: { type: 'string' },
  health: { type: 'string' },
  q: { type: 'string' },
  limit: { type: 'string' },
  cursor: { type: 'string' },
  page: { type: 'string' },
  'dry-run': { type: 'boolean' },
  url: { type: 'string' },
  token: { type: 'string' },
  tenant: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Name = keyof typeof OPTIONS;
type Values = Partial<Record<Name, string | boolean>>;
/** Go with every command. */
const GENERAL: readonly Name[] = ['url', 'token', 'tenant', 'json', 'help'];

/** Throws UsageError, with what to write instead. */
export function readCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Invocation {
  const { values, positionals } = parsed(args);
  const text = (name: Name): string | undefined => (typeof values[name] === 'string' ? values[name] : undefined);
  const url = text('url') ?? (environment.DRIFTLESS_URL || 'http://localhost:4680');
  const token = text('token') ?? (environment.DRIFTLESS_TOKEN || undefined);
  const command = values.help || positionals[0] === 'help' ? { name: 'help' as const } : toCommand(positionals, values);
  if (command.name !== 'help') checkTarget(url, token);
  return { command, url: url.replace(/\/+$/, ''), token, tenant: text('tenant') ?? 'demo', json: values.json === true };
}

function parsed(args: readonly string[]): { readonly values: Values; readonly positionals: readonly string[] } {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function toCommand([group = '', ...rest]: readonly string[], values: Values): Command {
  switch (group) {
    case 'integrations':
      return integrationsCommand(rest, values);
    case 'dead-letters':
      return deadLettersCommand(rest, values);
    case 'history': {
      const { limit, ...query } = take('history', values, { status: oneOf(RUN_STATUSES), page: whole, limit: whole });
      return { name: 'history', id: only('history', rest), query: { ...query, pageSize: limit } };
    }
    case 'overview':
    case 'events':
      none(group, rest);
      if (group === 'events') return { name: group, query: take(group, values, PAGING) };
      take(group, values, {});
      return { name: group };
    case '':
      throw new UsageError('Which command?');
    default:
      throw new UsageError(`There is no command "${group}".`);
  }
}

function integrationsCommand([verb = '', ...rest]: readonly string[], values: Values): Command {
  const said = `integrations ${verb}`;
  switch (verb) {
    case 'list':
      none(said, rest);
      return {
        name: 'list-integrations',
        query: take(said, values, {
          ...PAGING,
          kind: oneOf(KIND_NAMES),
          status: oneOf(INTEGRATION_STATUSES),
          health: unchecked,
          q: unchecked,
        }),
      };
    case 'show':
    case 'sync':
    case 'pause':
    case 'resume':
      take(said, values, {});
      return { name: verb, id: only(said, rest) };
    default:
      throw new UsageError(`integrations takes list, show, sync, pause or resume, not "${verb}".`);
  }
}

function deadLettersCommand([verb = '', ...ids]: readonly string[], values: Values): Command {
  if (verb === 'list') {
    none('dead-letters list', ids);
    return { name: 'list-dead-letters', query: take('dead-letters list', values, PAGING) };
  }
  if (verb !== 'redrive') throw new UsageError(`dead-letters takes list or redrive, not "${verb}".`);
  const { kind } = take('dead-letters redrive', values, { kind: oneOf(KIND_NAMES), 'dry-run': unchecked });
  if ((kind === undefined) === (ids.length === 0)) {
    throw new UsageError('dead-letters redrive takes either ids or --kind.');
  }
  return { name: 'redrive', selection: kind === undefined ? { ids } : { kind }, dryRun: values['dry-run'] === true };
}

/** What is wrong with the value of an option; undefined when nothing is. */
type Check = (value: string) => string | undefined;
const unchecked: Check = () => undefined;
const whole: Check = (value) => (/^[1-9]\d{0,8}$/.test(value) ? undefined : 'a whole number from 1');
const oneOf =
  (names: readonly string[]): Check =>
  (value) =>
    names.includes(value) ? undefined : `one of ${names.join(', ')}`;
const PAGING = { limit: whole, cursor: unchecked };

/** The options that go with the command, checked; any other is an error rather than silently without effect. */
function take<N extends Name>(
  command: string,
  values: Values,
  checks: Readonly<Record<N, Check>>,
): Partial<Record<N, string>> {
  const taken: Partial<Record<string, string>> = {};
  for (const [name, value] of Object.entries(values)) {
    if (GENERAL.includes(name as Name)) continue;
    const check: Check | undefined = (checks as Partial<Record<string, Check>>)[name];
    if (check === undefined) throw new UsageError(`--${name} does not go with ${command}.`);
    if (typeof value !== 'string') continue;
    const problem = check(value);
    if (problem !== undefined) throw new UsageError(`--${name} takes ${problem}, not "${value}".`);
    taken[name] = value;
  }
  return taken;
}

function only(command: string, [id, ...more]: readonly string[]): string {
  if (id === undefined || id === '' || more.length > 0) throw new UsageError(`${command} takes one integration's ID.`);
  return id;
}

function none(command: string, positionals: readonly string[]): void {
  if (positionals.length > 0) throw new UsageError(`${command} does not take "${positionals[0]}".`);
}

const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

function checkTarget(url: string, token: string | undefined): void {
  const target = URL.canParse(url) ? new URL(url) : undefined;
  if (target?.protocol !== 'https:' && target?.protocol !== 'http:')
    throw new UsageError(`"${url}" is not an http(s) URL.`);
  if (LOOPBACK.includes(target.hostname)) return;
  if (target.protocol === 'http:') throw new UsageError('A token is sent over https only, except to this machine.');
  if (token === undefined) {
    throw new UsageError(`${target.origin} wants a token: set DRIFTLESS_TOKEN, or give one with --token.`);
  }
}
