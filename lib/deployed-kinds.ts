import { kinds } from '../functions/kinds/registry.ts';
import { KIND_NAMES, type KindName } from '../functions/model/kind-name.ts';

/** What the stack needs to know of a kind: everything deployed for it follows from this. */
export interface DeployedKind {
  readonly name: KindName;
  /** For people: "Carriers". */
  readonly title: string;
  readonly providers: readonly string[];
  /** Failing is part of its life, as an offline vehicle's: some of them always do. */
  readonly mayBeAway: boolean;
  /** It runs when there is something to do, and not by the clock. */
  readonly onDemand: boolean;
}

/** The kinds of the registry, in the order every list has. */
export const deployedKinds: readonly DeployedKind[] = KIND_NAMES.flatMap((name) => {
  const kind = kinds[name];
  if (kind === undefined) return [];
  const { title, providers, policy } = kind;
  const onDemand = policy.scheduled === 'on-demand';
  return [{ name, title, providers: Object.keys(providers), mayBeAway: !policy.breaker, onDemand }];
});
