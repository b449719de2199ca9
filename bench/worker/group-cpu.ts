import { readdir, readFile } from 'node:fs/promises';

/** Linux counts a hundred ticks a second. */
const TICKS_A_SECOND = 100;

/** Processor time that the living processes of a group have used so far, in seconds; undefined where there is no /proc. */
export async function groupCpuSeconds(group: number): Promise<number | undefined> {
  const names = await readdir('/proc').catch(() => []);
  if (names.length === 0) return undefined;
  let ticks = 0;
  for (const name of names.filter((each) => /^\d+$/.test(each))) {
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    // The name in brackets may hold anything; what follows is separated by spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(fields[2]) === group) ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / TICKS_A_SECOND;
}
