import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AttributeJson,
  fromAttribute,
  fromAttributes,
  toAttribute,
  toAttributes,
} from '../../../functions/platform/dynamodb/attribute-value.ts';

/** The SDK loses an attribute of this name. */
const name = fc.string().filter((each) => each !== '__proto__');
const stored = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'binary' }),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.uint8Array(),
    fc.array(tie('value')),
    fc.dictionary(name, tie('value')),
  ),
}));
const item = fc.dictionary(name, stored.value);

/** What goes over the wire: marshall leaves bytes for the SDK's codec to turn into base64. */
const asJson = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, each: unknown) =>
      each instanceof Uint8Array ? Buffer.from(each).toString('base64') : each,
    ),
  );

describe('attribute values', () => {
  it('are what the SDK makes of them', () => {
    fc.assert(
      fc.property(item, (members) => {
        expect(asJson(toAttributes(members))).toEqual(asJson(marshall(members, { removeUndefinedValues: true })));
      }),
    );
  });

  it('come back as they were stored, as the SDK reads them', () => {
    fc.assert(
      fc.property(item, (members) => {
        const wire = asJson(toAttributes(members)) as Record<string, AttributeJson>;
        const theirs = unmarshall(marshall(members, { removeUndefinedValues: true }));
        expect(fromAttributes(wire)).toEqual(theirs);
      }),
    );
  });

  it('keep every name, also __proto__', () => {
    const read = fromAttributes(
      asJson(toAttributes(JSON.parse('{"__proto__":{"a":1}}'))) as Record<string, AttributeJson>,
    );
    expect(Object.keys(read)).toEqual(['__proto__']);
    expect(({} as { a?: number }).a).toBeUndefined();
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60, new Date(), new Set(['a']), () => 1, Symbol('a')])(
    'refuses to store %s instead of storing something else',
    (value) => {
      expect(() => toAttribute(value)).toThrow(TypeError);
    },
  );

  it('refuses a stored number that JavaScript cannot hold', () => {
    expect(() => fromAttribute({ N: '9007199254740993' })).toThrow(/too large/);
    expect(() => fromAttribute({ X: '1' })).toThrow(/unknown type/);
  });

  it('reads sets, which others may have stored', () => {
    expect(fromAttribute({ SS: ['a', 'b'] })).toEqual(new Set(['a', 'b']));
    expect(fromAttribute({ NS: ['1'] })).toEqual(new Set([1]));
    expect(fromAttribute({ BS: ['AQ=='] })).toEqual(new Set([new Uint8Array([1])]));
  });
});
