import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { simulate } from './simulate.ts';

/**
 * `npm run simulate -- --seeds N --seed S`: the simulation from seed S on, N seeds, on every processor (`--jobs J`).
 * A seed that breaks an invariant is printed with the line that runs it again; then the exit code is 1.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: String(availableParallelism()) },
  },
});
const [seeds, first, jobs] = [values.seeds, values.seed, values.jobs].map(Number) as [number, number, number];

interface Report {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly runs: number;
}

async function tell(seed: number): Promise<Report> {
  try {
    const { violations, runs } = await simulate(seed);
    return { seed, violations, runs };
  } catch (error) {
    return { seed, violations: [error instanceof Error ? (error.stack ?? error.message) : String(error)], runs: 0 };
  }
}

/** A part of the seeds, in this process. */
async function work(report: (report: Report) => Promise<void>): Promise<void> {
  for (let seed = first; seed < first + seeds; seed += jobs) await report(await tell(seed));
  // Timers of functions that died in a story are still running.
  process.exit();
}

async function lead(): Promise<void> {
  const startedAt = Date.now();
  let [done, failed, runs] = [0, 0, 0];
  const hear = ({ seed, violations, runs: made }: Report): void => {
    done += 1;
    runs += made;
    if (violations.length > 0) {
      failed += 1;
      console.log(`seed ${seed}: npm run simulate -- --seeds 1 --seed ${seed}`);
      for (const violation of violations.slice(0, 5)) console.log(`  ${violation}`);
    }
    if (done % 500 === 0) console.log(`${done} of ${seeds} seeds, ${failed} failed, ${runs} runs`);
  };
  const exits = Array.from({ length: Math.min(jobs, seeds) }, (_, job) => {
    const args = ['--seeds', String(seeds - job), '--seed', String(first + job), '--jobs', String(jobs)];
    const child = fork(import.meta.filename, args, { env: { ...process.env, SIMULATION_JOB: String(job) } });
    child.on('message', (report) => hear(report as Report));
    return ended(child);
  });
  const codes = await Promise.all(exits);
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  console.log(`${done} seeds, ${failed} failed, ${runs} runs, ${seconds} s`);
  process.exitCode = failed > 0 || done < seeds || codes.some((code) => code !== 0) ? 1 : 0;
}

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.on('exit', (code) => resolve(code)));

if (process.env.SIMULATION_JOB !== undefined && process.send !== undefined)
  await work((report) => new Promise((sent) => process.send?.(report, undefined, undefined, () => sent())));
else await lead();
