import { type DataValue, type Range, readValues } from './records.ts';
import { type Place, readPages } from './store.ts';

/** Of a window that is read forwards to be given backwards: enough for one answer. */
const WINDOW_VALUES = 200;

/** The very list of `readValues` from its end: latest first. */
export async function* readValuesBackwards({ skip = 0, ...range }: Range, place: Place): AsyncGenerator<DataValue> {
  let { to } = range;
  let left = skip;
  for await (const from of windowsBackwards(range, place)) {
    const values: DataValue[] = [];
    for await (const value of readValues({ ...range, from, to }, place)) values.push(value);
    for (const value of values.reverse()) {
      if (left > 0 && range.to !== null && value.at === range.to - 1) left -= 1;
      else yield value;
    }
    to = from;
  }
}

/** Where windows begin that hold some values each, the latest first; each ends where the one before begins. */
async function* windowsBackwards({ from, to }: Range, place: Place): AsyncGenerator<number> {
  let begin: number | undefined;
  let values = 0;
  for await (const page of readPages(from, to, place, 'backwards')) {
    // All pages of one time are in the same window.
    if (page.firstAt === begin) continue;
    values += page.values;
    if (values < WINDOW_VALUES) continue;
    begin = page.firstAt;
    values = 0;
    yield begin;
  }
  yield from;
}
