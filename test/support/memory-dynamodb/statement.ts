import type { Item } from './expression.ts';

/** The one PartiQL form the store uses: `UPDATE "t" SET a=?, b=? WHERE pk=? AND c=?`. */
export function parseUpdateStatement(
  statement: string,
  parameters: readonly unknown[],
): { readonly tableName: string; readonly set: Item; readonly where: Item } {
  const match = /^UPDATE "([^"]+)" SET (\w+=\?(?:, \w+=\?)*) WHERE (\w+=\?(?: AND \w+=\?)*)$/.exec(statement);
  const [, tableName, sets, wheres] = match ?? [];
  if (tableName === undefined || sets === undefined || wheres === undefined) {
    throw new Error(`ValidationException: the memory engine does not know the statement ${statement}`);
  }
  const setNames = [...sets.matchAll(/(\w+)=\?/g)].map(([, name]) => name ?? '');
  const whereNames = [...wheres.matchAll(/(\w+)=\?/g)].map(([, name]) => name ?? '');
  if (setNames.length + whereNames.length !== parameters.length) throw new Error('ValidationException: parameters');
  const value = (offset: number) => (name: string, index: number) => [name, parameters[offset + index]] as const;
  return {
    tableName,
    set: Object.fromEntries(setNames.map(value(0))),
    where: Object.fromEntries(whereNames.map(value(setNames.length))),
  };
}
