import { readFile } from 'node:fs/promises';

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface ProfileShare {
  readonly name: string;
  /** Of the time the process was busy. */
  readonly share: number;
}

export interface ProfileSummary {
  readonly busySeconds: number;
  /** By what the time was spent for, greatest first. */
  readonly parts: readonly ProfileShare[];
  /** By function, greatest first: time in the function itself. */
  readonly functions: readonly ProfileShare[];
}

/** Whose code it is, by where it lies. The first that fits counts. */
const PARTS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Driftless', /\/(functions|bench)\//],
  ['SDK: signing', /signature-v4|\/sha256|crypto-(js|base)|credential/],
  ['SDK: DynamoDB types (lib-dynamodb, util-dynamodb)', /lib-dynamodb|util-dynamodb/],
  ['SDK: schema, serialising, parsing', /schema|\/protocols|serde|xml-builder|smithy-client|util-utf8|util-base64/],
  ['SDK: endpoints, retries, middleware, request', /@smithy|@aws-sdk|@aws-crypto|@aws\//],
  ['Logger and metrics', /powertools/],
  ['Messages (zod)', /\/zod\//],
  ['other packages', /node_modules/],
  ['Node: HTTP', /node:_?(http|https|internal\/http|internal\/url)/],
  ['Node: sockets and streams', /node:(net|stream|internal\/streams|internal\/stream_base)/],
  ['Node: promises, timers, events', /node:(internal\/(process|timers|async|event|abort|promise)|timers|events|async)/],
  ['Node: other', /node:/],
];

export async function summariseProfile(path: string): Promise<ProfileSummary> {
  const profile = JSON.parse(await readFile(path, 'utf8')) as CpuProfile;
  const self = new Map<number, number>();
  for (const [index, id] of profile.samples.entries()) {
    self.set(id, (self.get(id) ?? 0) + (profile.timeDeltas[index] ?? 0));
  }
  const parts = new Map<string, number>();
  const functions = new Map<string, number>();
  let busy = 0;
  for (const { id, callFrame } of profile.nodes) {
    const time = self.get(id) ?? 0;
    const { functionName, url, lineNumber } = callFrame;
    if (time <= 0 || functionName === '(idle)') continue;
    busy += time;
    const part = partOf(functionName, url);
    parts.set(part, (parts.get(part) ?? 0) + time);
    const name = `${functionName || 'anonymous'} (${shortUrl(url)}${lineNumber > 0 ? `:${lineNumber + 1}` : ''})`;
    functions.set(name, (functions.get(name) ?? 0) + time);
  }
  return { busySeconds: busy / 1e6, parts: sharesOf(parts, busy), functions: sharesOf(functions, busy) };
}

function partOf(functionName: string, url: string): string {
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (url === '') return 'Node: native (system calls, crypto, JSON)';
  return PARTS.find(([, pattern]) => pattern.test(url))?.[0] ?? 'other';
}

const shortUrl = (url: string): string =>
  url
    .replace(/^file:\/\//, '')
    .split('/')
    .slice(-3)
    .join('/') || 'native';

const sharesOf = (times: ReadonlyMap<string, number>, busy: number): readonly ProfileShare[] =>
  [...times].map(([name, time]) => ({ name, share: time / busy })).sort((a, b) => b.share - a.share);
