import { performance } from 'node:perf_hooks';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type BlockStore, writeUnits } from '../functions/kinds/vehicle/blocks/block.ts';
import { decodeBlock, encodeBlock } from '../functions/kinds/vehicle/blocks/codec.ts';
import { readMeasurements } from '../functions/kinds/vehicle/blocks/read.ts';
import { recordMeasurements } from '../functions/kinds/vehicle/blocks/record.ts';
import { countPoints, type Series } from '../functions/kinds/vehicle/blocks/series.ts';
import { measure, sensors } from '../functions/kinds/vehicle/simulator/sensors.ts';
import { vehicleStore } from '../functions/kinds/vehicle/store.ts';
import { asIntegrationId, asTenantId } from '../functions/model/ids.ts';
import { tableNames } from '../functions/store/tables.ts';
import { startEmbeddedDynamoDb } from '../local/dynamodb/embedded-dynamodb.ts';
import { ensureTables } from '../local/dynamodb/ensure-tables.ts';

/** Measurement blocks: size, speed, units, beside one item per measurement and JSON with gzip. Prints figures, asserts nothing. */
const START = Date.parse('2026-11-22T00:00:00.000Z');
const DAY_SECONDS = 86_400;
const CHANNELS = sensors(25);

/** 25 channels at 1 Hz, two decimals. */
function sample(from: number, seconds: number): Series[] {
  const times = Array.from({ length: seconds }, (_, i) => from + i * 1000);
  return CHANNELS.map((sensor) => ({
    channel: String(sensor.channelId),
    times,
    values: times.map((time) => measure(sensor, time, 7)),
  }));
}

const tenantId = asTenantId('demo');
const integrationId = asIntegrationId('01jd8x5p3q4r5s6t7v8w9x0y1z');
const heading = (text: string): void => console.log(`\n${text}`);
const columns = (...cells: (string | number)[]): void =>
  console.log(cells.map((cell, i) => (i === 0 ? String(cell).padEnd(34) : String(cell).padStart(14))).join(''));

async function main(): Promise<void> {
  const engine = await startEmbeddedDynamoDb();
  const lowLevel = new DynamoDBClient({ ...engine.clientConfig });
  try {
    await ensureTables(lowLevel, 'bench');
    const client = DynamoDBDocumentClient.from(lowLevel);
    const capacity = { read: 0, write: 0 };
    lowLevel.middlewareStack.add(
      (next) => async (args) => {
        Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
        const answer = await next(args);
        const units = (answer.output as { ConsumedCapacity?: { CapacityUnits?: number } }).ConsumedCapacity;
        if ('Item' in args.input) capacity.write += units?.CapacityUnits ?? 0;
        else capacity.read += units?.CapacityUnits ?? 0;
        return answer;
      },
      { step: 'initialize' },
    );
    const store = vehicleStore({ tenantId, integrationId }, { client, tableName: tableNames('bench').data });
    sizes(store);
    speeds();
    const blocks = await aDay(store, capacity);
    await compaction(store, blocks);
  } finally {
    lowLevel.destroy();
    await engine.close();
  }
}

/** A day is worth about this many windows of each length for an average. */
const WINDOWS = [30, 60, 600, 3600] as const;

function sizes(store: BlockStore): void {
  heading('Bytes a point (25 channels × 1 Hz, two decimals), and write units for a minute of 1,500 points');
  columns('window', 'blocks', 'JSON+gzip', 'JSON+brotli', 'one item each');
  for (const seconds of WINDOWS) {
    const window = sample(START, seconds);
    const points = countPoints(window);
    const json = Buffer.from(JSON.stringify(rowsOf(window)));
    const row = itemBytes();
    const each = (bytes: number) => (bytes / points).toFixed(2);
    const name = seconds < 60 ? `${seconds} s` : `${seconds / 60} min`;
    columns(name, each(encodeBlock(window).length), each(gzipSync(json).length), each(brotliOf(json)), row);
  }
  for (const seconds of [30, 60] as const) {
    const window = sample(START, seconds);
    const runs = 60 / seconds;
    const json = gzipSync(JSON.stringify(rowsOf(window))).length;
    const units = (bytes: number) => runs * writeUnits(bytes, store);
    columns(`write units, ${runs} a minute`, units(encodeBlock(window).length), units(json), '', 1500);
  }
}

const brotliOf = (json: Uint8Array): number =>
  brotliCompressSync(json, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } }).length;

const rowsOf = (all: readonly Series[]): unknown[] =>
  all.flatMap(({ channel, times, values }) =>
    times.map((time, i) => ({ channel_id: Number(channel), value: values[i], time: new Date(time).toISOString() })),
  );

/** Keys, value and their names, of one measurement as an item of its own. */
const itemBytes = (): number => 'pk'.length + `${tenantId}#${integrationId}`.length + 'sk'.length + 20 + 'v'.length + 5;

function speeds(): void {
  heading('Speed, points a millisecond');
  columns('window', 'encode', 'decode', 'one of 25');
  for (const seconds of WINDOWS) {
    const windows = Array.from({ length: Math.ceil(1800 / seconds) }, (_, i) =>
      sample(START + i * seconds * 1000, seconds),
    );
    const points = windows.reduce((sum, window) => sum + countPoints(window), 0);
    let blocks: Uint8Array[] = [];
    const rate = (work: () => void): string => {
      work();
      const startedAt = performance.now();
      work();
      return Math.round(points / (performance.now() - startedAt)).toString();
    };
    const encode = rate(() => {
      blocks = windows.map(encodeBlock);
    });
    const decode = rate(() => {
      for (const block of blocks) decodeBlock(block);
    });
    const one = rate(() => {
      for (const block of blocks) decodeBlock(block, '17');
    });
    columns(seconds < 60 ? `${seconds} s` : `${seconds / 60} min`, encode, decode, one);
  }
}

interface DayOfBlocks {
  readonly count: number;
  readonly bytes: number;
}

async function aDay(store: BlockStore, capacity: { read: number; write: number }): Promise<DayOfBlocks> {
  heading('A day of 25 channels × 1 Hz in runs of 30 s (2,160,000 points)');
  const startedAt = performance.now();
  let points = 0;
  for (let second = 0; second < DAY_SECONDS; second += 30) {
    const fresh = START + second * 1000;
    const recording = { fresh, tail: null, retentionDays: 365, assertHeld: () => undefined };
    points += (await recordMeasurements(sample(fresh, 30), recording, store)).written;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const day = await weigh(store);
  columns('stored', `${points} points`, `${day.count} blocks`, `${(day.bytes / 1e6).toFixed(2)} MB`);
  columns('write units', capacity.write, '', 'took', `${seconds.toFixed(1)} s`);
  const to = START + DAY_SECONDS * 1000;
  for (const [name, from] of [
    ['read: its last hour, 1,000 points', to - 3_600_000],
    ['read: the day, 1,000 points', START],
  ] as const) {
    const times: number[] = [];
    let shown = 0;
    capacity.read = 0;
    const rounds = 9;
    for (let round = 0; round < rounds; round++) {
      const begin = performance.now();
      const { points } = await readMeasurements({ channel: '4', from, to, maxPoints: 1000, now: to }, store);
      times.push(performance.now() - begin);
      shown = points.times.length;
    }
    const median = times.sort((a, b) => a - b)[rounds >> 1] ?? 0;
    const slowest = times.at(-1) ?? 0;
    const took = [`${median.toFixed(0)} ms`, `at most ${slowest.toFixed(0)} ms`];
    columns(name, `${shown} points`, `${capacity.read / rounds} units`, ...took);
  }
  return day;
}

async function weigh(store: BlockStore): Promise<DayOfBlocks> {
  let count = 0;
  let bytes = 0;
  for await (const page of store.blocks(START, START + DAY_SECONDS * 1000)) {
    count += page.length;
    for (const block of page) bytes += block.bytes.length + store.blockOverheadBytes;
  }
  return { count, bytes };
}

/** Why no job rewrites a day's blocks afterwards: what it would cost, and how often the day would have to be read to earn it. */
async function compaction(store: BlockStore, day: DayOfBlocks): Promise<void> {
  heading('Rewriting a day afterwards, and deleting what it replaces (a write unit costs five read units)');
  columns('vehicle', 'write units', 'saved a read', 'pays after', '');
  const hours = Array.from({ length: 24 }, (_, i) => encodeBlock(sample(START + i * 3_600_000, 3600)).length);
  const dense = hours.reduce((sum, bytes) => sum + bytes + store.blockOverheadBytes, 0);
  tell('25 channels × 1 Hz', day.count, day.bytes, dense);
  // One value of five channels a run of 30 s: as blocks of their own, and as the blocks of an hour they grow into.
  const sparse = (seconds: number) =>
    CHANNELS.slice(0, 5).map((sensor) => {
      const times = Array.from({ length: seconds / 30 }, (_, i) => START + i * 30_000);
      return { channel: String(sensor.channelId), times, values: times.map((time) => measure(sensor, time, 7)) };
    });
  const bytes = (seconds: number): number => encodeBlock(sparse(seconds)).length + store.blockOverheadBytes;
  tell('5 channels each 30 s, one block a run', 2880, 2880 * bytes(30), bytes(DAY_SECONDS));
  tell('the same, one block an hour (as built)', 24, 24 * bytes(3600), bytes(DAY_SECONDS));
}

function tell(name: string, count: number, before: number, after: number): void {
  const writes = Math.ceil(after / 1024) + count;
  const saved = (before - after) / 8192;
  columns(name, writes, saved.toFixed(1), `${Math.ceil((writes * 5) / saved)} reads`);
}

await main();
