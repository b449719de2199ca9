import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type DataLock, lockDataDirectory } from '../dynamodb/data-lock.ts';
import { type Change, type Journal, Replay, type RestoredQueue } from './journal.ts';

/** The file is written anew when it is this much larger than four times its size after the last time. */
const COMPACTION_SLACK_BYTES = 4 * 1024 * 1024;
const CHUNK_CHARACTERS = 1024 * 1024;

/**
 * A journal in a file of one JSON document per line. A flush writes to the operating system before it returns, so nothing that was
 * acknowledged is lost when the process is killed; it does not wait for the disk, so a power failure can cost the last moments.
 * Throws when another living process has the directory, or when the file is damaged elsewhere than in its last line.
 */
export function openFileJournal(directory: string): Journal {
  const lock = lockDataDirectory(directory, 'sqs');
  try {
    return new FileJournal(join(directory, 'sqs.jsonl'), lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

class FileJournal implements Journal {
  readonly restored: readonly RestoredQueue[];
  readonly #path: string;
  readonly #lock: DataLock;
  #file: AppendedFile;
  #compactAt: number;
  #pending = '';
  #closed = false;

  constructor(path: string, lock: DataLock) {
    this.#path = path;
    this.#lock = lock;
    const { replay, wholeBytes } = readJournal(path);
    this.restored = replay.result();
    this.#file = new AppendedFile(path, wholeBytes);
    this.#compactAt = Math.max(wholeBytes, COMPACTION_SLACK_BYTES);
  }

  append(change: Change): void {
    this.#pending += `${JSON.stringify(change)}\n`;
  }

  flush(snapshot: () => Iterable<Change>): void {
    if (this.#closed || this.#pending === '') return;
    this.#file.append(this.#pending);
    this.#pending = '';
    if (this.#file.size > this.#compactAt) this.#compact(snapshot());
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#file.close();
    this.#lock.release();
  }

  #compact(snapshot: Iterable<Change>): void {
    const path = `${this.#path}.new`;
    let next: AppendedFile | undefined;
    try {
      next = new AppendedFile(path, 0);
      let chunk = '';
      for (const change of snapshot) {
        chunk += `${JSON.stringify(change)}\n`;
        if (chunk.length < CHUNK_CHARACTERS) continue;
        next.append(chunk);
        chunk = '';
      }
      next.append(chunk);
      // The name must never point to a file whose content is not there yet.
      next.sync();
      renameSync(path, this.#path);
      this.#file.close();
      this.#file = next;
      this.#compactAt = next.size * 4 + COMPACTION_SLACK_BYTES;
    } catch {
      // The long file is as good as the short one; try again when it has doubled.
      next?.close();
      this.#compactAt = this.#file.size * 2;
    }
  }
}

/** A file that is written at its end, each time as a whole or not at all. */
class AppendedFile {
  size: number;
  readonly #descriptor: number;

  constructor(path: string, size: number) {
    this.#descriptor = openSync(path, size === 0 ? 'w' : 'r+');
    this.size = size;
    ftruncateSync(this.#descriptor, size);
  }

  append(text: string): void {
    const bytes = Buffer.from(text);
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#descriptor, bytes, done, bytes.length - done, this.size + done);
      }
    } catch (error) {
      ftruncateSync(this.#descriptor, this.size);
      throw error;
    }
    this.size += bytes.length;
  }

  sync(): void {
    fsyncSync(this.#descriptor);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** `wholeBytes`: up to where the file is whole; a line that a dying process did not finish was never acknowledged. */
function readJournal(path: string): { replay: Replay; wholeBytes: number } {
  rmSync(`${path}.new`, { force: true });
  const replay = new Replay();
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { replay, wholeBytes: 0 };
    throw error;
  }
  let start = 0;
  for (let line = 1; ; line += 1) {
    const end = content.indexOf('\n', start);
    if (end < 0) return { replay, wholeBytes: start };
    try {
      replay.apply(JSON.parse(content.toString('utf8', start, end)) as Change);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(
        `The queues in ${path} can't be read: line ${line} is damaged (${reason}). Restore or delete the file.`,
      );
    }
    start = end + 1;
  }
}
