import { useSyncExternalStore } from 'react';
import { toFailure } from '../api/api-failure.ts';

/** A message about something a person did. */
export interface Flash {
  readonly id: string;
  readonly type: 'success' | 'info' | 'error';
  readonly header: string;
  readonly content?: string;
}

const SHOWN_MS = 6_000;
const MAX_SHOWN = 4;
let shown: readonly Flash[] = [];
let count = 0;
const listeners = new Set<() => void>();

function set(next: readonly Flash[]): void {
  shown = next;
  for (const listener of listeners) listener();
}

function add(flash: Omit<Flash, 'id'>): string {
  count += 1;
  const id = `flash-${count}`;
  set([{ ...flash, id }, ...shown].slice(0, MAX_SHOWN));
  return id;
}

export const dismissFlash = (id: string): void => set(shown.filter((flash) => flash.id !== id));

/** Goes away by itself. */
export function flashDone(header: string, content?: string): void {
  const id = add({ type: 'success', header, ...(content !== undefined && { content }) });
  setTimeout(() => dismissFlash(id), SHOWN_MS);
}

/** Stays until it is dismissed: something is left to do. */
export function flashNotice(header: string, content: string): void {
  add({ type: 'info', header, content });
}

/** Stays until it is dismissed: what failed must not vanish unread. */
export function flashFailure(header: string, error: unknown): void {
  const { message, fields } = toFailure(error);
  const where = fields.map((field) => `${field.path}: ${field.message}`).join('; ');
  add({ type: 'error', header, content: where === '' ? message : `${message} ${where}` });
}

export const useFlashes = (): readonly Flash[] =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    () => shown,
  );
