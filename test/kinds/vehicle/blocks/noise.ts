import type { Series } from '../../../../functions/kinds/vehicle/blocks/series.ts';

/**
 * What 25 sensors of a vehicle say: a level, a slow swing and Gaussian noise of one to 150 hundredths, two decimals, at 1 Hz.
 * The same for the same seed.
 */
const SIGMAS = [
  0.01, 0.02, 0.02, 0.03, 0.05, 0.05, 0.05, 0.08, 0.1, 0.1, 0.1, 0.15, 0.15, 0.2, 0.2, 0.2, 0.25, 0.3, 0.3, 0.4, 0.5,
  0.5, 0.02, 0.8, 1.5,
];
const LEVELS = [4.7, 85, 24, 1450, 60, 0.5];

export function sensorNoise(startMs: number, seconds: number, seed = 1): Series[] {
  const random = generator(seed);
  return SIGMAS.map((sigma, i) => {
    const times = Array.from({ length: seconds }, (_, second) => startMs + second * 1000);
    const values = times.map((time) => {
      const swing = sigma * 20 * Math.sin((2 * Math.PI * time) / ((60 + 37 * i) * 1000));
      const noise = sigma * Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
      return Math.round(((LEVELS[i % LEVELS.length] ?? 0) + swing + noise) * 100) / 100;
    });
    return { channel: String(i + 1), times, values };
  });
}

function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
}
