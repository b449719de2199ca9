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
import { simulationSection } from './simulation/simulation-section.ts';
import { workerSection } from './worker/worker-section.ts';

/** `npm run bench`: measures everything, prints it, and writes README.md. Asserts nothing: see test/bench for what is exact. */
const USAGE = `npm run bench -- [--quick]

  --quick   small sizes, for trying the bench itself; README.md is left as it is`;

const FULL = {
  cost: { integrations: 10, rounds: 4 },
  worker: { integrations: 100, rounds: 60, lanes: 8 },
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

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } });
if (values.help) {
  console.log(USAGE);
  process.exit();
}
const size = values.quick ? QUICK : FULL;
const cores = cpus();
const startedAt = performance.now();
const loadPerCore = (loadavg()[0] ?? 0) / cores.length;

const sections: Section[] = [];
const done = (section: Section): void => {
  sections.push(section);
  console.log(`\n${sectionText(section)}`);
};

const { section: cost, unitsOf } = await costSection(size.cost);
done(cost);
done(await workerSection(size.worker));
done(await dispatchSection(size.dispatch));
done(await coldStartSection({ times: size.coldStarts }));
done(await simulationSection(size.simulated, unitsOf));
done(await profileSection(size.profiled, size.dispatchProfiled));
done(await printedSection('Measurement blocks', 'blocks.ts', 'backlog.ts'));

const machine: Machine = {
  date: new Date().toISOString().slice(0, 10),
  cpu: `${cores.length} × ${cores[0]?.model.trim() ?? 'unknown processor'}`,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.versions.node,
  loadPerCore,
  seconds: (performance.now() - startedAt) / 1000,
};
if (!values.quick) await writeFile(join(import.meta.dirname, 'README.md'), readme(sections, machine));
console.log(`\n${Math.round(machine.seconds)} s${values.quick ? '' : '; written to bench/README.md'}`);
