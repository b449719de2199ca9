import { consoleLog } from './console-log.ts';
import { createDemoApi } from './demo/demo-api.ts';
import { type DemoPart, startDemoFleet } from './demo/demo-fleet.ts';
import { type LocalSystem, startLocalSystem } from './local-system.ts';
import { waitForOneSyncEach } from './once.ts';
import { type LocalOptions, readOptions, USAGE } from './options.ts';

/** `npm start`: the whole system in this process, until it is told to stop. */

const DEMO_TENANT = 'demo';
/** A stop that hangs must not keep the terminal. */
const STOP_WITHIN_MS = 9_000;

const print = (line: string): void => console.log(line);
const options = optionsOrExit();
const log = consoleLog(process.env.LOG_LEVEL === 'DEBUG', print);

const stopping = new AbortController();
let system: LocalSystem | undefined;
let demo: DemoPart | undefined;
let ending: Promise<never> | undefined;

/** Ends the process in good order; the first reason counts. */
function end(code: number): Promise<never> {
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
}

process.on('SIGINT', () => void end(0));
process.on('SIGTERM', () => void end(0));

try {
  system = await startLocalSystem(options, {
    log,
    onFailure: (reason) => {
      log.error(reason);
      void end(1);
    },
  });
  const api = createDemoApi(DEMO_TENANT, system.api);
  print(`Driftless is ready at ${system.url}`);
  if (options.demo) {
    demo = await startDemoFleet(system.local.runtime.clock);
    await demo.connect(api);
  }
  if (options.once) {
    const good = await waitForOneSyncEach(api, print, stopping.signal);
    await end(good ? 0 : 1);
  }
} catch (error) {
  if (!stopping.signal.aborted) {
    console.error(error instanceof Error ? error.message : error);
    await end(1);
  }
}

function optionsOrExit(): LocalOptions {
  try {
    const read = readOptions(process.argv.slice(2));
    if (!read.help) return read;
    print(USAGE);
    process.exit(0);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exit(2);
  }
}
