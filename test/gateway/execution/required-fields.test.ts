import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Supergraph } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import { describe, expect, it } from 'vitest';
import { separate } from '../../../gateway/execution/separation.ts';
import { stripPolicies } from '../../../gateway/policy/index.ts';
import { compose } from '../kit/compose.ts';

/** Whether Apollo's planner takes it. */
function plannable(sdl: string): boolean {
  return new QueryPlanner(Supergraph.build(sdl)) !== undefined;
}

describe('arguments in @requires', () => {
  it('leave a supergraph that has none as it is', () => {
    const sdl = stripPolicies(readFileSync(resolve(import.meta.dirname, '../../../schema/supergraph.graphql'), 'utf8'));
    const { sdl: planned, rewriteOperation, nameInRepresentation } = separate(sdl);
    expect(planned).toBe(sdl);
    expect([rewriteOperation('{ a }'), nameInRepresentation('price')]).toEqual(['{ a }', 'price']);
  });

  it('become fields, one for each list of arguments, under which they are asked for and not told', () => {
    const sdl = compose(
      'type Query { things: [Thing] } type Thing @key(fields: "id") { id: ID! price(in: String = "VND", net: Boolean): Int }',
      `type Thing @key(fields: "id") { id: ID! price(in: String = "VND", net: Boolean): Int @external
        a: Int @requires(fields: "price(in: \\"USD\\", net: true)") b: Int @requires(fields: "price(net: true, in: \\"USD\\")") c: Int @requires(fields: "price") }`,
      'type Thing @key(fields: "id") { id: ID! price(in: String = "VND", net: Boolean): Int @external d: Int @requires(fields: "price(in: \\"EUR\\")") }',
    );
    const { sdl: planned, rewriteOperation, nameInRepresentation } = separate(sdl);
    expect(planned.match(/requires: ".*?"/g)?.sort()).toEqual([
      'requires: "price"',
      'requires: "price_required_0"',
      'requires: "price_required_0"',
      'requires: "price_required_1"',
    ]);
    expect(plannable(planned)).toBe(true);
    expect(rewriteOperation('{ things { price_required_0 price_required_1 price } }').replaceAll(/\s+/g, ' ')).toBe(
      '{ things { price_required_0: price(in: "USD", net: true) price_required_1: price(in: "EUR") price } }',
    );
    expect(['price_required_1', 'price'].map(nameInRepresentation)).toEqual(['price', 'price']);
  });

  it('are found in nested selections, and of interfaces', () => {
    const sdl = compose(
      `type Query { things: [Thing] } interface Sized { size(unit: String): Int } type Box implements Sized @shareable { size(unit: String): Int }
       type Thing @key(fields: "id") { id: ID! box: Box }`,
      `type Box { size(unit: String): Int @external } type Thing @key(fields: "id") { id: ID! box: Box @external volume: Int @requires(fields: "box { size(unit: \\"cm\\") }") }`,
    );
    const { sdl: planned } = separate(sdl);
    expect(planned).toContain('requires: "box { size_required_0 }"');
    expect(plannable(planned)).toBe(true);
  });
});
