import { parseArgs } from 'node:util';
import { createAddressGuard } from '../functions/platform/http/address-guard.ts';

/** What `npm start -- …` was asked for. */
export interface LocalOptions {
  readonly demo: boolean;
  /** 0: any free one. */
  readonly port: number;
  readonly dataDir: string | undefined;
  readonly tickSeconds: number;
  readonly allowedPrivateCidrs: readonly string[];
  readonly once: boolean;
  readonly help: boolean;
}

export const USAGE = `npm start -- [options]

  --empty                  no demo data
  --port N                 port of API and console (default 4680)
  --data DIR               keep data on disk (default: in memory)
  --tick SECONDS           tick period, 1 to 600 (default 60, as on AWS)
  --allow-private CIDR,…   private ranges that may be called (default: loopback, where the demo fleet is)
  --once                   run until every demo integration has synced once, print a table, exit
  --help                   this text`;

/** Loopback, because the demo's own upstreams live there. */
const LOOPBACK = ['127.0.0.0/8', '::1/128'];

/** Throws an Error that says what is wrong with the arguments, all in one message. */
export function readOptions(args: readonly string[]): LocalOptions {
  const { values } = parseArgs({
    args: [...args],
    strict: true,
    allowPositionals: false,
    options: {
      empty: { type: 'boolean', default: false },
      port: { type: 'string', default: '4680' },
      data: { type: 'string' },
      tick: { type: 'string', default: '60' },
      'allow-private': { type: 'string' },
      once: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const problems: string[] = [];
  const port = wholeNumber(values.port, 0, 65_535);
  if (port === undefined) problems.push(`--port takes a port from 0 to 65535, not "${values.port}"`);
  const tickSeconds = wholeNumber(values.tick, 1, 600);
  if (tickSeconds === undefined) problems.push(`--tick takes whole seconds from 1 to 600, not "${values.tick}"`);
  if (values.data === '') problems.push('--data takes a directory');
  const allowedPrivateCidrs = values['allow-private']?.split(',').flatMap((cidr) => cidr.trim() || []) ?? LOOPBACK;
  const notCidr = allowedPrivateCidrs.find((cidr) => !isCidr(cidr));
  if (notCidr !== undefined) problems.push(`--allow-private takes CIDRs such as 10.0.0.0/8, not "${notCidr}"`);
  if (values.once && values.empty) problems.push('--once waits for the demo integrations: it goes without --empty');
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return {
    demo: !values.empty,
    port: port ?? 0,
    dataDir: values.data,
    tickSeconds: tickSeconds ?? 60,
    allowedPrivateCidrs,
    once: values.once,
    help: values.help,
  };
}

/** Whether the demo's upstreams can be called. */
export function allowsLoopback({ allowedPrivateCidrs }: Pick<LocalOptions, 'allowedPrivateCidrs'>): boolean {
  return createAddressGuard({ allowedPrivateCidrs }).checkAddress('127.0.0.1') === undefined;
}

function isCidr(text: string): boolean {
  try {
    createAddressGuard({ allowedPrivateCidrs: [text] });
    return true;
  } catch {
    return false;
  }
}

function wholeNumber(text: string, from: number, to: number): number | undefined {
  if (!/^\d{1,6}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= from && value <= to ? value : undefined;
}
