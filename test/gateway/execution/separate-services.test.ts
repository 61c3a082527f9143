import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Supergraph } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import { describe, expect, it } from 'vitest';
import { separate } from '../../../gateway/execution/separation.ts';
import { stripPolicies } from '../../../gateway/policy/index.ts';
import { compose, composeNamed } from '../kit/compose.ts';

const NET = 'type Query { one: Good } type Good @key(fields: "id") { id: ID! net(factor: Int = 1): Int }';

/** In which services the planner knows the field of the type Good; as it takes them out of the supergraph. */
function servicesOf(sdl: string, field: string): string[] {
  const supergraph = Supergraph.build(sdl);
  new QueryPlanner(supergraph);
  const subgraphs = [...supergraph.subgraphs().values()];
  return subgraphs.flatMap(({ name, schema }) => {
    const type = schema.type('Good');
    const known = type?.kind === 'ObjectType' ? type.field(field) : undefined;
    return known && !known.hasAppliedDirective('external') ? name : [];
  });
}

describe('services of which parts are asked apart', () => {
  it('are none of the graph of this project', () => {
    const sdl = stripPolicies(readFileSync(resolve(import.meta.dirname, '../../../schema/supergraph.graphql'), 'utf8'));
    const { sdl: planned, serviceOf } = separate(sdl);
    expect(planned).toBe(sdl);
    expect(serviceOf('calls')).toBe('calls');
  });

  it('are none where fields can be told all at once that they require', () => {
    const sdl = compose(
      NET,
      'type Good @key(fields: "id") { id: ID! net(factor: Int = 1): Int @external a: Int @requires(fields: "net") b: Int @requires(fields: "net") c: Int }',
    );
    expect(separate(sdl).sdl).toBe(sdl);
  });

  it('are made for fields that require one field with different arguments, and shared by those that agree', () => {
    const sdl = compose(
      NET,
      `type Good @key(fields: "id") { id: ID! net(factor: Int = 1): Int @external plain: Int @requires(fields: "net")
        a: Int @requires(fields: "net(factor: 2)") b: Int @requires(fields: "net(factor: 3)") again: Int @requires(fields: "net(factor: 2)") other: Int }`,
    );
    const { sdl: planned, serviceOf } = separate(sdl);
    const places = Object.fromEntries(['plain', 'a', 'b', 'again', 'other'].map((field) => [field, servicesOf(planned, field)]));
    expect(places).toEqual({ plain: ['s1'], a: ['s1__1'], b: ['s1__2'], again: ['s1__1'], other: ['s1'] });
    expect(['s0', 's1', 's1__1', 's1__2'].map(serviceOf)).toEqual(['s0', 's1', 's1', 's1']);
  });

  it('are made for the links of a chain of requirements, which are told of the others', () => {
    const sdl = compose(
      `${NET.replace(/ }$/, '')} last: Int @requires(fields: "gross") gross: Int @external }`,
      'type Good @key(fields: "id") { id: ID! net(factor: Int = 1): Int @external gross: Int @requires(fields: "net") other: Int }',
    );
    const { sdl: planned } = separate(sdl);
    const places = Object.fromEntries(['net', 'gross', 'gross_required_0', 'last', 'other'].map((field) => [field, servicesOf(planned, field)]));
    expect(places).toEqual({ net: ['s0'], gross: ['s1'], gross_required_0: ['s1__1'], last: ['s0__1'], other: ['s1'] });
  });

  it('have names that no other service has', () => {
    const clashing =
      'type Good @key(fields: "id") { id: ID! net(factor: Int = 1): Int @external a: Int @requires(fields: "net(factor: 2)") b: Int @requires(fields: "net") }';
    const { sdl: planned, serviceOf } = separate(composeNamed({ s0: NET, s1: clashing, s1__1: 'type Query { two: Int }' }));
    expect([servicesOf(planned, 'a'), servicesOf(planned, 'b')]).toEqual([['s1'], ['s1___1']]);
    expect(['s1__1', 's1___1'].map(serviceOf)).toEqual(['s1__1', 's1']);
  });

  it('are made for fields of interfaces and overridden ones as for others, but not where a label decides for each request who has a field', () => {
    const clashing = 'a: Int @requires(fields: "net(factor: 2)") b: Int @requires(fields: "net(factor: 3)")';
    const good = (fields: string) => `type Good @key(fields: "id") { id: ID! net(factor: Int = 1): Int @external ${fields} }`;
    const overriding = (argument: string) =>
      compose(NET.replace(/ }$/, ' a: Int b: Int }'), good(clashing.replaceAll('Int @', `Int @override(${argument}) @`)));
    const ofInterface = compose(NET, `interface Both { a: Int b: Int } ${good(clashing).replace('Good', 'Good implements Both')}`);
    for (const sdl of [ofInterface, overriding('from: "s0"')]) {
      const { sdl: planned } = separate(sdl);
      expect([servicesOf(planned, 'a'), servicesOf(planned, 'b')]).toEqual([['s1'], ['s1__1']]);
    }
    const labelled = overriding('from: "s0", label: "percent(5)"');
    expect(separate(labelled).sdl).not.toContain('s1__1');
    // One that has no label keeps clear of those that have.
    const mixed = compose(NET.replace(/ }$/, ' a: Int }'), good(clashing.replace('Int @', 'Int @override(from: "s0", label: "percent(5)") @')));
    const { sdl: planned } = separate(mixed);
    expect([servicesOf(planned, 'a'), servicesOf(planned, 'b')]).toEqual([['s0', 's1'], ['s1__1']]);
  });
});
