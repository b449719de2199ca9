import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { groupAxes, readAxis, writeAxis } from './axes.ts';
import { BitReader, BitWriter } from './bits.ts';
import { compareChannels, type Series } from './series.ts';
import { readValues, writeValues } from './values.ts';

/**
 * Block format 1: the measurements of a window as one binary value.
 *
 *   byte 0     high half: format (1) · low half: 0 body as it is, 1 body compressed with brotli
 *   body       6 bytes base time (epoch ms) · time axes · channels
 *   axis       byte length, times less the base (axes.ts)
 *   channel    id, number of its axis, byte length, column of values
 *
 * Counts and lengths are 7-bit groups, low first. A reader that wants one channel steps over the others by their length.
 */
const FORMAT = 1;
const STORED = 0;
const BROTLI = 1;

/** A block that is stored as it is reads several times faster, so a few percent are not worth it. */
const WORTH_COMPRESSING = 0.95;

/** Larger than any block that was written: what claims to be more is damaged. */
const MAX_BODY_BYTES = 16_000_000;

/** Series sorted by time; times within 0 … 2^47. */
export function encodeBlock(all: readonly Series[]): Uint8Array {
  const series = all.filter(({ times }) => times.length > 0).sort((a, b) => compareChannels(a.channel, b.channel));
  const base = series.reduce((first, { times }) => Math.min(first, times[0] ?? first), Number.MAX_SAFE_INTEGER);
  const body = new ByteWriter();
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(series.length === 0 ? 0 : base, 0, 6);
  body.bytes(bytes);
  const { axes, ofSeries } = groupAxes(series);
  body.number(axes.length);
  let first: readonly number[] | undefined;
  for (const axis of axes) {
    const times = axis.map((time) => time - base);
    writeColumn(body, (out) => writeAxis(out, times, first));
    first ??= times;
  }
  body.number(series.length);
  for (const [i, { channel, values }] of series.entries()) {
    writeChannelId(body, channel);
    if (axes.length > 1) body.number(ofSeries[i] ?? 0);
    writeColumn(body, (out) => writeValues(out, values));
  }
  return pack(body.finish());
}

/** All channels, or only `channel`. Throws RangeError for bytes that are no block of a known format. */
export function decodeBlock(block: Uint8Array, channel?: string): Series[] {
  const body = new ByteReader(unpack(block));
  const base = body.bytes(6).reduce((value, byte) => value * 256 + byte, 0);
  const columns = Array.from({ length: body.number() }, () => body.bytes(body.number()));
  // An axis is read only when a channel that is wanted uses it.
  const axes: (() => number[])[] = columns.map((column, i) =>
    once(() => readAxis(new BitReader(column), i > 0 ? axes[0]?.() : undefined)),
  );
  const series: Series[] = [];
  for (let left = body.number(); left > 0; left--) {
    const id = readChannelId(body);
    const axis = axes[axes.length > 1 ? body.number() : 0];
    const column = body.bytes(body.number());
    if (axis === undefined) throw new RangeError('a channel of the block has no times');
    if (channel !== undefined && channel !== id) continue;
    const times = axis().map((time) => base + time);
    series.push({ channel: id, times, values: readValues(new BitReader(column), times.length) });
  }
  return series;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function writeColumn(body: ByteWriter, write: (out: BitWriter) => void): void {
  const out = new BitWriter();
  write(out);
  const bytes = out.finish();
  body.number(bytes.length);
  body.bytes(bytes);
}

/** Whole numbers, as most vehicles count their channels, take one byte up to 63. */
function writeChannelId(body: ByteWriter, channel: string): void {
  const number = Number(channel);
  if (/^(0|[1-9]\d{0,8})$/.test(channel)) {
    body.number(number * 2);
    return;
  }
  const bytes = Buffer.from(channel, 'utf8');
  body.number(bytes.length * 2 + 1);
  body.bytes(bytes);
}

function readChannelId(body: ByteReader): string {
  const head = body.number();
  return head % 2 === 0 ? String(head / 2) : Buffer.from(body.bytes((head - 1) / 2)).toString('utf8');
}

/** Packed columns of noise do not shrink further; repeated values, raw doubles and names do. The smaller form is kept. */
function pack(body: Uint8Array): Uint8Array {
  const compressed = brotliCompressSync(body, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: body.length },
  });
  const smaller = compressed.length <= body.length * WORTH_COMPRESSING;
  const block = new Uint8Array(1 + (smaller ? compressed.length : body.length));
  block[0] = FORMAT * 16 + (smaller ? BROTLI : STORED);
  block.set(smaller ? compressed : body, 1);
  return block;
}

function unpack(block: Uint8Array): Uint8Array {
  const head = block[0] ?? 0;
  if (head >> 4 !== FORMAT) throw new RangeError(`block format ${head >> 4} is not known`);
  if ((head & 15) === STORED) return block.subarray(1);
  if ((head & 15) === BROTLI) return brotliDecompressSync(block.subarray(1), { maxOutputLength: MAX_BODY_BYTES });
  throw new RangeError(`block compression ${head & 15} is not known`);
}

class ByteWriter {
  private readonly parts: Uint8Array[] = [];

  number(value: number): void {
    const bytes: number[] = [];
    let rest = value;
    while (rest >= 128) {
      bytes.push((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    bytes.push(rest);
    this.parts.push(Uint8Array.from(bytes));
  }

  bytes(bytes: Uint8Array): void {
    this.parts.push(bytes);
  }

  finish(): Uint8Array {
    return Buffer.concat(this.parts);
  }
}

class ByteReader {
  private readonly source: Uint8Array;
  private at = 0;

  constructor(source: Uint8Array) {
    this.source = source;
  }

  number(): number {
    let value = 0;
    let unit = 1;
    for (;;) {
      const byte = this.source[this.at++];
      if (byte === undefined) throw new RangeError('the block ends too early');
      value += (byte & 127) * unit;
      if (byte < 128) return value;
      unit *= 128;
    }
  }

  bytes(count: number): Uint8Array {
    if (this.at + count > this.source.length) throw new RangeError('the block ends too early');
    this.at += count;
    return this.source.subarray(this.at - count, this.at);
  }
}
