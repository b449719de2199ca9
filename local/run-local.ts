import { consoleLog } from './console-log.ts';
import { createDemoApi, type DemoApi } from './demo/demo-api.ts';
import { type DemoPart, startDemoFleet } from './demo/demo-fleet.ts';
import { type LocalSystem, startLocalSystem } from './local-system.ts';
import { waitForOneSyncEach } from './once.ts';
import { allowsLoopback, type LocalOptions, readOptions, USAGE } from './options.ts';

const DEMO_TENANT = 'demo';
/** A stop that hangs must not keep the terminal. */
const STOP_WITHIN_MS = 9_000;

const print = (line: string): void => console.log(line);

/** The whole system in this process, until it is told to stop; `onStoppable` is told how. Ends the process. */
export async function runLocal(args: readonly string[], onStoppable: (stop: () => void) => void): Promise<void> {
  const options = optionsOrExit(args);
  const log = consoleLog(process.env.LOG_LEVEL === 'DEBUG', print);
  const stopping = new AbortController();
  let system: LocalSystem | undefined;
  let demo: DemoPart | undefined;
  let ending: Promise<never> | undefined;

  /** Ends the process in good order; the first reason counts. */
  const end = (code: number): Promise<never> => {
    ending ??= (async () => {
      stopping.abort(new Error('stopping'));
      setTimeout(() => process.exit(code === 0 ? 1 : code), STOP_WITHIN_MS).unref();
      try {
        await system?.stop();
        await demo?.close();
      } catch (error) {
        log.error('the stop was not clean', { error });
        process.exit(1);
      }
      process.exit(code);
    })();
    return ending;
  };
  onStoppable(() => void end(0));

  try {
    system = await startLocalSystem(options, {
      log,
      onFailure: (reason) => {
        log.error(reason);
        void end(1);
      },
    });
    const startedAt = system.local.runtime.clock.now();
    const api = createDemoApi(DEMO_TENANT, system.api);
    print(`Driftless is ready at ${system.url}`);
    const demoInReach = allowsLoopback(options);
    if (options.demo && demoInReach) {
      demo = await startDemoFleet(system.local.runtime.clock);
      // Kept integrations point at the ports of the start before: no run of theirs before they are pointed at the new ones.
      const kept = await hasIntegrations(api);
      if (!kept) system.work();
      try {
        await demo.connect(api);
      } catch (error) {
        // What is kept there is of use without it.
        if (options.once || stopping.signal.aborted) throw error;
        log.warn('the demo fleet is not complete; the next start goes on with it', { error });
      }
      if (kept) system.work();
    } else {
      system.work();
    }
    if (options.demo && !demoInReach) {
      log.warn('the demo fleet is left out: it is on loopback; add 127.0.0.0/8 to --allow-private to have it');
    }
    if (options.once) {
      const good = demoInReach && (await waitForOneSyncEach(api, { startedAt, print, signal: stopping.signal }));
      await end(good ? 0 : 1);
    }
  } catch (error) {
    if (stopping.signal.aborted) return;
    console.error(error instanceof Error ? error.message : error);
    await end(1);
  }
}

async function hasIntegrations(api: DemoApi): Promise<boolean> {
  const { integrations } = (await api.call('GET', '/api/integrations?limit=1')) as { integrations: readonly unknown[] };
  return integrations.length > 0;
}

function optionsOrExit(args: readonly string[]): LocalOptions {
  try {
    const read = readOptions(args);
    if (!read.help) return read;
    print(USAGE);
    process.exit(0);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exit(2);
  }
}
