/** Every call that leaves a process goes through one of these: to the database, to the operator, to the dead letters. */
export type Outside = <T>(what: string, call: () => Promise<T>) => Promise<T>;

export const undisturbed: Outside = (_what, call) => call();

/** The process died in the middle of a call. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

export interface Disturbance {
  readonly outside: Outside;
  /** Calls so far. */
  calls(): number;
  /** Whether it came to its call. */
  happened(): boolean;
  /** A new process begins. */
  restart(): void;
}

/** Counts calls and disturbs the one with this number; 0 disturbs none. */
function at(number: number, disturb: <T>(call: () => Promise<T>, die: () => never) => Promise<T>): Disturbance {
  let calls = 0;
  let dead = false;
  const die = (): never => {
    dead = true;
    throw new Crash('the process died');
  };
  return {
    async outside(_what, call) {
      if (dead) throw new Crash('the process is dead');
      calls += 1;
      return calls === number ? disturb(call, die) : call();
    },
    calls: () => calls,
    happened: () => calls >= number && number > 0,
    restart: () => {
      dead = false;
    },
  };
}

/** What can befall a process at one of its calls. */
export const DISTURBANCES = {
  'dies before the call': (number: number) => at(number, (_call, die) => die()),
  'dies after the call': (number: number) =>
    at(number, async (call, die) => {
      await call();
      return die();
    }),
  /** As the SDK does when the first answer is lost. */
  'makes the call twice': (number: number) =>
    at(number, async (call) => {
      await call().catch(() => undefined);
      return call();
    }),
  /** The lease runs out meanwhile and another worker does all there is to do; then this one goes on as if nothing was. */
  'freezes before the call': (number: number, meanwhile: () => Promise<void>) =>
    at(number, async (call) => {
      await meanwhile();
      return call();
    }),
  'freezes after the call': (number: number, meanwhile: () => Promise<void>) =>
    at(number, async (call) => {
      const answer = await call();
      await meanwhile();
      return answer;
    }),
} as const;
export type DisturbanceName = keyof typeof DISTURBANCES;
