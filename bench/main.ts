import { writeFile } from 'node:fs/promises';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { coldStartSection } from './cold-start/cold-start-section.ts';
import { costSection } from './cost/cost-section.ts';
import { dispatchSection } from './dispatch/dispatch-section.ts';
import { printedSection } from './printed-section.ts';
import { profileSection } from './profile-section.ts';
import { type Machine, readme, type Section, sectionText } from './report.ts';
import { simulationSection, type UnitsOf } from './simulation/simulation-section.ts';
import { workerSection } from './worker/worker-section.ts';

/** `npm run bench`: measures everything, prints it, and writes README.md. Asserts nothing: see test/bench for what is exact. */
const USAGE = `npm run bench -- [--quick] [--part NAME]

  --quick       small sizes, for trying the bench itself
  --part NAME   one part only: cost, worker, dispatch, cold-start, simulation, profile, blocks

With either, README.md is left as it is.`;

const FULL = {
  cost: { integrations: 10, rounds: 4 },
  worker: { integrations: 100, rounds: 50, lanes: 8 },
  profiled: { integrations: 100, rounds: 30, lanes: 8 },
  dispatch: { integrations: 100_000, many: 10_000 },
  dispatchProfiled: { integrations: 12_000, many: 10_000 },
  coldStarts: 10,
  simulated: 1_000_000,
} as const;

const QUICK = {
  cost: { integrations: 2, rounds: 1 },
  worker: { integrations: 20, rounds: 5, lanes: 2 },
  profiled: { integrations: 20, rounds: 5, lanes: 2 },
  dispatch: { integrations: 2_000, many: 500 },
  dispatchProfiled: { integrations: 1_000, many: 500 },
  coldStarts: 3,
  simulated: 50_000,
} as const;

const { values } = parseArgs({
  options: { quick: { type: 'boolean' }, part: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
});
const size = values.quick ? QUICK : FULL;
let units: UnitsOf | undefined;

async function cost(): Promise<Section> {
  const { section, unitsOf } = await costSection(size.cost);
  units = unitsOf;
  return section;
}

/** In the order of the README. */
const PARTS: Readonly<Record<string, () => Promise<Section>>> = {
  cost,
  worker: () => workerSection(size.worker),
  dispatch: () => dispatchSection(size.dispatch),
  'cold-start': () => coldStartSection({ times: size.coldStarts }),
  simulation: async () => simulationSection(size.simulated, units ?? (await costSection(QUICK.cost)).unitsOf),
  profile: () => profileSection(size.profiled, size.dispatchProfiled),
  blocks: () => printedSection('Measurement blocks', 'blocks.ts', 'backlog.ts'),
};

async function main(): Promise<void> {
  const names = values.part === undefined ? Object.keys(PARTS) : [values.part];
  if (values.help || names.some((name) => !Object.hasOwn(PARTS, name))) {
    console.log(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const cores = cpus();
  const loadPerCore = (): number => (loadavg()[0] ?? 0) / cores.length;
  const loadBefore = loadPerCore();
  const startedAt = performance.now();
  const sections: Section[] = [];
  for (const name of names) {
    const section = await PARTS[name]?.();
    if (section === undefined) continue;
    sections.push(section);
    console.log(`\n${sectionText(section)}`);
  }
  const machine: Machine = {
    date: new Date().toISOString().slice(0, 10),
    cpu: `${cores.length} × ${cores[0]?.model.trim() ?? 'unknown processor'}`,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    loadPerCore: { before: loadBefore, after: loadPerCore() },
    seconds: (performance.now() - startedAt) / 1000,
  };
  const whole = !values.quick && values.part === undefined;
  if (whole) await writeFile(join(import.meta.dirname, 'README.md'), readme(sections, machine));
  console.log(`\n${Math.round(machine.seconds)} s${whole ? '; written to bench/README.md' : ''}`);
}

await main();
