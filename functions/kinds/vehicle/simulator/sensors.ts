/** What a simulated vehicle measures: every value follows from channel and time alone, so that it can be asked for again. */
export interface Sensor {
  readonly channelId: number;
  readonly name: string;
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  /** Standard deviation of the noise, in the sensor's unit. */
  readonly noise: number;
}

const KINDS = [
  { name: 'Oil pressure', unit: 'bar', min: 0, max: 10, noise: 0.02 },
  { name: 'Coolant temperature', unit: '°C', min: -40, max: 150, noise: 0.1 },
  { name: 'Battery voltage', unit: 'V', min: 0, max: 32, noise: 0.03 },
  { name: 'Engine speed', unit: 'rpm', min: 0, max: 3000, noise: 1.5 },
  { name: 'Speed', unit: 'km/h', min: 0, max: 120, noise: 0.3 },
  { name: 'Fuel level', unit: '%', min: 0, max: 100, noise: 0.05 },
  { name: 'Hydraulic pressure', unit: 'bar', min: 0, max: 250, noise: 0.4 },
  { name: 'Ambient temperature', unit: '°C', min: -40, max: 60, noise: 0.05 },
] as const;

/** `count` sensors, numbered from 1; their kinds repeat. */
export function sensors(count: number): Sensor[] {
  return Array.from({ length: count }, (_, i) => {
    const kind = KINDS[i % KINDS.length] ?? KINDS[0];
    const again = Math.floor(i / KINDS.length);
    return { ...kind, channelId: i + 1, name: again === 0 ? kind.name : `${kind.name} ${again + 1}` };
  });
}

/** Two decimals: a level in the middle of the range, slow swings, and noise. */
export function measure({ channelId, min, max, noise }: Sensor, time: number, seed: number): number {
  const middle = (min + max) / 2;
  const swing = noise * 20 * Math.sin((2 * Math.PI * time) / (60_000 + channelId * 37_000) + seed);
  const level = middle + swing + noise * gaussian(seed, channelId, time);
  return Math.round(Math.min(max, Math.max(min, level)) * 100) / 100;
}

/** 0 ≤ chance < 1, the same for the same numbers. */
export function chance(...numbers: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (const number of numbers) {
    hash = mix(hash ^ (number % 0x100000000));
    hash = mix(hash ^ Math.floor(number / 0x100000000));
  }
  return hash / 0x100000000;
}

function mix(hash: number): number {
  let mixed = hash >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97) >>> 0;
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

function gaussian(seed: number, channel: number, time: number): number {
  const radius = Math.sqrt(-2 * Math.log(chance(seed, channel, time, 1) + 1e-12));
  return radius * Math.cos(2 * Math.PI * chance(seed, channel, time, 2));
}
