/**
 * Measurements lie in blocks. A block begins at `start`, its key, holds measurements of `start` and later, and never crosses
 * a full hour: whoever looks for a moment finds it in the blocks that begin in its hour.
 */
export interface Block {
  /** Epoch ms. */
  readonly start: number;
  readonly bytes: Uint8Array;
  /** Epoch seconds. */
  readonly expiresAt: number;
}

/** Where blocks are kept: one vehicle's part of the data table. */
export interface BlockStore {
  /** What an item weighs besides the block's bytes. */
  readonly blockOverheadBytes: number;
  /** False when there is a block with this start. */
  addBlock(block: Block): Promise<boolean>;
  /** False when the block is no longer what `old` was. `block.start` is `old.start`. */
  replaceBlock(old: Block, block: Block): Promise<boolean>;
  /** As it is now, not as it was a moment ago. */
  block(start: number): Promise<Block | undefined>;
  /** As they are now; start from … to, both inclusive, latest first. */
  blocksBackwards(from: number, to: number): AsyncIterable<Block>;
  /** Page by page, start from … to, both inclusive, earliest first. A moment stale. */
  blocks(from: number, to: number): AsyncIterable<readonly Block[]>;
}

export const HOUR_MS = 3_600_000;
export const hourOf = (time: number): number => Math.floor(time / HOUR_MS) * HOUR_MS;

/** Of the 400 KB an item may have; the rest is for keys and for a few late rows. */
export const LARGEST_BLOCK_BYTES = 350_000;

const KEY_PREFIX = 'm#';
/** Milliseconds with 14 digits sort as text until the year 5138; whoever asks for longer gets all there is. */
export const blockKey = (start: number): string =>
  KEY_PREFIX + String(Math.min(Math.max(0, start), 99_999_999_999_999)).padStart(14, '0');
export const blockStart = (key: string): number => Number(key.slice(KEY_PREFIX.length));

/** DynamoDB counts a write in units of 1 KB of the item. */
export const writeUnits = (bytes: number, store: BlockStore): number =>
  Math.ceil((bytes + store.blockOverheadBytes) / 1024);
