import { kinds } from '../functions/kinds/registry.ts';
import { KIND_NAMES, type KindName } from '../functions/model/kind-name.ts';

/** What the stack needs to know of a kind: everything deployed for it follows from this. */
export interface DeployedKind {
  readonly name: KindName;
  /** For people: "Carriers". */
  readonly title: string;
  readonly providers: readonly string[];
}

/** The kinds of the registry, in the order every list has. */
export const deployedKinds: readonly DeployedKind[] = KIND_NAMES.flatMap((name) => {
  const kind = kinds[name];
  return kind === undefined ? [] : [{ name, title: kind.title, providers: Object.keys(kind.providers) }];
});
