import type { Partition } from './store.ts';

/** What a provider has gathered may be more than an item holds, and never belongs into the integration's own. */
const PART_LENGTH = 300_000;
const partKey = (part: number): string => `carry#${String(part).padStart(4, '0')}`;

/** Keeps it beside the devices, fenced; answers the number of parts for `loadCarried`. */
export async function saveCarried(text: string, token: number, partition: Partition): Promise<number> {
  const parts = Math.ceil(text.length / PART_LENGTH);
  for (let part = 0; part < parts; part++) {
    const piece = text.slice(part * PART_LENGTH, (part + 1) * PART_LENGTH);
    await partition.putFenced(partKey(part), { piece }, token);
  }
  return parts;
}

export async function loadCarried(parts: number, partition: Partition): Promise<string | null> {
  if (parts === 0) return null;
  const items = await partition.getAll(Array.from({ length: parts }, (_, part) => partKey(part)));
  return items
    .toSorted((a, b) => (String(a.sk) < String(b.sk) ? -1 : 1))
    .map(({ piece }) => String(piece))
    .join('');
}
