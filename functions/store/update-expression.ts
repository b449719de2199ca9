/** Assembles one UpdateItem: every name and value is a placeholder, so no attribute can collide with a reserved word. */
export interface UpdateParts {
  readonly set?: Readonly<Record<string, unknown>>;
  /** Raw right-hand sides, for computed values: `{ runCounter: '#runCounter + :one' }`. */
  readonly compute?: Readonly<Record<string, string>>;
  readonly remove?: readonly string[];
  readonly condition?: string;
  /** Extra values the condition or the computed parts use, without the colon. */
  readonly values?: Readonly<Record<string, unknown>>;
}

export interface UpdateExpression {
  readonly UpdateExpression: string;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, unknown>;
}

/** Undefined values in `set` are left out. A name both set and removed is set. */
export function updateExpression(parts: UpdateParts): UpdateExpression {
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  const sets: string[] = [];
  for (const [name, value] of Object.entries(parts.set ?? {})) {
    if (value === undefined) continue;
    sets.push(`#${name} = :set_${name}`);
    names[`#${name}`] = name;
    values[`:set_${name}`] = value;
  }
  for (const [name, expression] of Object.entries(parts.compute ?? {})) {
    sets.push(`#${name} = ${expression}`);
    names[`#${name}`] = name;
  }
  const removes = [...new Set(parts.remove ?? [])].filter((name) => names[`#${name}`] === undefined);
  for (const name of removes) names[`#${name}`] = name;
  for (const [name, value] of Object.entries(parts.values ?? {})) values[`:${name}`] = value;
  for (const text of [parts.condition ?? '', ...Object.values(parts.compute ?? {})]) {
    for (const [, name] of text.matchAll(/#(\w+)/g)) if (name !== undefined) names[`#${name}`] = name;
  }
  return {
    UpdateExpression: [
      sets.length > 0 ? `SET ${sets.join(', ')}` : '',
      removes.length > 0 ? `REMOVE ${removes.map((name) => `#${name}`).join(', ')}` : '',
    ]
      .filter((part) => part !== '')
      .join(' '),
    ...(parts.condition !== undefined && { ConditionExpression: parts.condition }),
    ExpressionAttributeNames: names,
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
  };
}
