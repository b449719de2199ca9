import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DispatchSize, measureDispatch } from './dispatch/dispatch-section.ts';
import { type ProfileSummary, summariseProfile } from './profile-summary.ts';
import type { Section } from './report.ts';
import { measureWorker, type WorkerSize } from './worker/measure-worker.ts';

const FUNCTIONS = 10;

/** What is left: where the worker's and the dispatcher's processor time goes. */
export async function profileSection(worker: WorkerSize, dispatch: DispatchSize): Promise<Section> {
  const workers = await profileOf((execArgv) => measureWorker('engine', worker, execArgv));
  const dispatchers = await profileOf((execArgv) => measureDispatch(dispatch, execArgv));
  return {
    title: 'Where the time goes',
    figures: [],
    notes: [sharesOf(workers, dispatchers), hottest('worker', workers), hottest('dispatcher', dispatchers)],
  };
}

async function profileOf(work: (execArgv: readonly string[]) => Promise<unknown>): Promise<ProfileSummary> {
  const directory = await mkdtemp(join(tmpdir(), 'driftless-bench-'));
  try {
    await work(['--cpu-prof', `--cpu-prof-dir=${directory}`]);
    const [file] = await readdir(directory);
    if (file === undefined) throw new Error('the process wrote no profile');
    return await summariseProfile(join(directory, file));
  } finally {
    await rm(directory, { recursive: true });
  }
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

function sharesOf(workers: ProfileSummary, dispatchers: ProfileSummary): string {
  const names = [...new Set([...workers.parts, ...dispatchers.parts].map(({ name }) => name))];
  const of = ({ parts }: ProfileSummary, name: string): string =>
    percent(parts.find((part) => part.name === name)?.share ?? 0);
  return [
    '| share of the busy time, start included | worker | dispatcher |',
    '|---|---:|---:|',
    ...names.map((name) => `| ${name} | ${of(workers, name)} | ${of(dispatchers, name)} |`),
  ].join('\n');
}

const hottest = (what: string, { functions }: ProfileSummary): string =>
  `Hottest functions of the ${what}: ${functions
    .slice(0, FUNCTIONS)
    .map(({ name, share }) => `\`${name}\` ${percent(share)}`)
    .join(', ')}.`;
