/** DynamoDB's JSON for values, in one pass and straight to and from what JSON can hold; the rules are those of @aws-sdk/util-dynamodb. */
export type AttributeJson = Readonly<Record<string, unknown>>;

/** Throws for what DynamoDB cannot store. Undefined members of objects and lists are left out. */
export function toAttribute(value: unknown): AttributeJson {
  switch (typeof value) {
    case 'string':
      return { S: value };
    case 'number':
      return { N: numberText(value) };
    case 'bigint':
      return { N: String(value) };
    case 'boolean':
      return { BOOL: value };
    case 'object':
      return value === null ? { NULL: true } : toCollection(value);
    default:
      throw new TypeError(`a ${typeof value} cannot be stored`);
  }
}

/** The members of an item, a key or a set of values. */
export function toAttributes(members: object): Record<string, AttributeJson> {
  // Without a prototype: a member may have any name, also __proto__.
  const attributes: Record<string, AttributeJson> = Object.create(null);
  for (const [name, member] of Object.entries(members)) {
    if (member !== undefined) attributes[name] = toAttribute(member);
  }
  return attributes;
}

function toCollection(value: object): AttributeJson {
  if (Array.isArray(value))
    return { L: value.flatMap((member) => (member === undefined ? [] : [toAttribute(member)])) };
  if (value instanceof Uint8Array) return { B: base64(value) };
  const prototype: unknown = Object.getPrototypeOf(value);
  // Sets, dates and other classes are not used here: better refused than stored as something else.
  if (prototype !== Object.prototype && prototype !== null) throw new TypeError('only plain objects can be stored');
  return { M: toAttributes(value) };
}

function numberText(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`${value} cannot be stored`);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw new TypeError(`${value} cannot be stored exactly`);
  return String(value);
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** What was stored, from parsed JSON. */
export function fromAttribute(attribute: AttributeJson): unknown {
  for (const type in attribute) {
    const value = attribute[type];
    switch (type) {
      case 'S':
      case 'BOOL':
        return value;
      case 'N':
        return numberOf(value as string);
      case 'NULL':
        return null;
      case 'M':
        return fromAttributes(value as Record<string, AttributeJson>);
      case 'L':
        return (value as AttributeJson[]).map(fromAttribute);
      case 'B':
        return bytesOf(value as string);
      case 'SS':
        return new Set(value as string[]);
      case 'NS':
        return new Set((value as string[]).map(numberOf));
      case 'BS':
        return new Set((value as string[]).map(bytesOf));
    }
  }
  throw new TypeError(`unknown type of attribute: ${Object.keys(attribute).join()}`);
}

export function fromAttributes(attributes: Readonly<Record<string, AttributeJson>>): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const name in attributes) {
    const attribute = attributes[name];
    if (attribute === undefined) continue;
    if (name === '__proto__') Object.defineProperty(members, name, { value: fromAttribute(attribute), ...OWN });
    else members[name] = fromAttribute(attribute);
  }
  return members;
}

const OWN = { enumerable: true, configurable: true, writable: true } as const;

function numberOf(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw new TypeError(`${text} is too large a number`);
  return value;
}

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
