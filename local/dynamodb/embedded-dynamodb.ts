import { createServer } from 'node:net';
import { join } from 'node:path';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { lockDataDirectory } from './data-lock.ts';
import { type EngineCommand, findEngineCommand } from './engine-command.ts';
import { startTiedChild, type TiedChild } from './tied-child.ts';

/** npx may have to download the engine first. */
const READY_WITHIN_MS = { local: 10_000, npx: 120_000 };
const PORT_ATTEMPTS = 5;

export interface EmbeddedDynamoDbOptions {
  /** Keeps the data in this directory; without it they live in the engine's memory. */
  readonly dataDir?: string;
  /** Called once if the engine ends without having been closed. */
  readonly onUnexpectedEnd?: (reason: string) => void;
  /** Default: as found on this machine. */
  readonly command?: EngineCommand;
}

export interface EmbeddedDynamoDb {
  /** E.g. `http://127.0.0.1:40123`. */
  readonly endpoint: string;
  /** All a DynamoDBClient needs to reach it. */
  readonly clientConfig: DynamoDBClientConfig & { readonly endpoint: string };
  /** Of the process group of the engine, for messages. */
  readonly pid: number;
  /** Resolves when the engine is gone and the data directory free. May be called more than once. */
  close(): Promise<void>;
}

/** Starts a DynamoDB in a child process that can't outlive this one; resolves when it answers. Throws with what to do when it can't. */
export async function startEmbeddedDynamoDb(options: EmbeddedDynamoDbOptions = {}): Promise<EmbeddedDynamoDb> {
  const command = options.command ?? findEngineCommand();
  const lock = options.dataDir === undefined ? undefined : lockDataDirectory(options.dataDir, 'dynamodb');
  try {
    const { child, port } = await startOnFreePort(command, options.dataDir);
    let closing = false;
    void child.ended.then((how) => {
      if (closing) return;
      lock?.release();
      options.onUnexpectedEnd?.(`The embedded DynamoDB ended unexpectedly (${how}).`);
    });
    const endpoint = `http://127.0.0.1:${port}`;
    return {
      endpoint,
      clientConfig: {
        endpoint,
        region: 'us-east-1',
        credentials: { accessKeyId: 'embedded', secretAccessKey: 'embedded' },
      },
      pid: child.process.pid ?? 0,
      close: async () => {
        closing = true;
        await child.stop();
        lock?.release();
      },
    };
  } catch (error) {
    lock?.release();
    throw error;
  }
}

async function startOnFreePort(command: EngineCommand, dataDir?: string): Promise<{ child: TiedChild; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const storage = dataDir === undefined ? [] : ['--db-path', join(dataDir, 'dynamodb.sqlite')];
    const child = startTiedChild(command.file, [...command.args, 'serve', '--port', String(port), ...storage]);
    const said = await readyOrLastWords(
      child,
      port,
      command.origin === 'npx' ? READY_WITHIN_MS.npx : READY_WITHIN_MS.local,
    );
    if (said === undefined) return { child, port };
    await child.stop();
    // Between asking for a free port and using it, another process may have taken it.
    if (said.includes('already in use') && attempt < PORT_ATTEMPTS) continue;
    throw new Error(`The embedded DynamoDB (${command.file}, from ${command.origin}) did not start: ${said}`);
  }
}

/** Undefined when the engine listens on the port; else what it said before it ended or the time was over. */
async function readyOrLastWords(child: TiedChild, port: number, withinMs: number): Promise<string | undefined> {
  const { stderr } = child.process;
  let said = '';
  let timer: NodeJS.Timeout | undefined;
  // The engine's own word, not an answer on the port: another engine could be the one that answers there.
  const ready = new Promise<'ready'>((resolve) => {
    stderr?.on('data', (chunk) => {
      said = `${said}${chunk}`.slice(-2_000);
      if (said.includes(`listening on http://127.0.0.1:${port}`)) resolve('ready');
    });
  });
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${withinMs / 1000} s`), withinMs);
  });
  const first = await Promise.race([ready, child.ended, late]);
  clearTimeout(timer);
  stderr?.removeAllListeners('data');
  // Read on and drop: a full pipe would stop the engine.
  stderr?.resume();
  // A caller that forgets to close must not keep its process alive by it; the pipe's end still ends the engine.
  child.process.unref();
  for (const pipe of [child.process.stdin, stderr]) if (pipe && 'unref' in pipe) (pipe as { unref(): void }).unref();
  return first === 'ready' ? undefined : `${first}. ${said.trim()}`.trim();
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === 'object'
          ? resolve(address.port)
          : reject(new Error('No free port was found.')),
      );
    });
  });
}
