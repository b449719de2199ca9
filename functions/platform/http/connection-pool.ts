import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.ts';
import type { AddressGuard } from './address-guard.ts';

/**
 * Shorter than the idle time after which servers usually hang up (5 s in Node, 60 s in nginx), so that a request is rarely
 * sent into a connection that is about to be closed: a POST lost that way has an unknown outcome.
 */
const IDLE_MS = 4_000;

/** Kept-alive connections of one client, each to an address the guard has let through. */
export interface ConnectionPool {
  /** Options of a request that may use a kept-alive connection; those gone stale are closed first. */
  reuse(protocol: string): https.RequestOptions;
  /** To be called when an answer begins on a connection. */
  used(socket: Duplex): void;
  /** Options of a request that must have a connection of its own. */
  fresh(): https.RequestOptions;
  close(): void;
}

export function createConnectionPool(guard: AddressGuard, clock: Clock, ca?: string): ConnectionPool {
  const lastUsed = new WeakMap<Duplex, number>();
  const options: http.AgentOptions = {
    keepAlive: true,
    timeout: IDLE_MS,
    maxSockets: 64,
    maxFreeSockets: 16,
    scheduling: 'lifo',
  };
  const plain = new http.Agent(options);
  const secure = new https.Agent(options);
  const connect = {
    lookup: guard.lookup,
    // Node's 250 ms give up on a slow but healthy first address (a vehicle on a mobile network).
    autoSelectFamilyAttemptTimeout: 2_000,
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
  };

  return {
    reuse(protocol) {
      const agent = protocol === 'https:' ? secure : plain;
      // A Lambda is frozen between invocations: timers stand still, so the agent's own idle timeout has not fired yet.
      const oldest = clock.now() - IDLE_MS;
      for (const sockets of Object.values(agent.freeSockets)) {
        for (const socket of sockets ?? []) if ((lastUsed.get(socket) ?? 0) < oldest) socket.destroy();
      }
      return { ...connect, agent };
    },
    used: (socket) => void lastUsed.set(socket, clock.now()),
    fresh: () => ({ ...connect, agent: false }),
    close() {
      plain.destroy();
      secure.destroy();
    },
  };
}
