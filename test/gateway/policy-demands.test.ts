import { composeServices } from '@apollo/composition';
import * as fc from 'fast-check';
import {
  buildSchema,
  type DocumentNode,
  type FieldNode,
  type GraphQLInputType,
  type GraphQLObjectType,
  getNamedType,
  getNullableType,
  isAbstractType,
  isInputObjectType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
  parseConstValue,
  type SelectionSetNode,
  type ValueNode,
  visit,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { PURPOSES, type Purpose, type Scope } from '#schema/access.ts';
import { type AccessRule, fulfils } from '#schema/access-rule.ts';
import type { Caller } from '#schema/identity.ts';
import { readPolicy } from '../../gateway/policy/index.ts';
import { findRefusals, type Refusal } from '../../gateway/policy/refusals.ts';
import { GUARDED_GRAPH } from './kit/guarded-graph.ts';

/** What is kept of an operation, against a walk through all of it for every request. */
const { supergraphSdl: SUPERGRAPH, schema } = compose();
const POLICY = readPolicy(parse(SUPERGRAPH));
const SCOPES_USED: readonly Scope[] = ['reference:read', 'victims:read', 'cases:all', 'access-log:read', 'statistics:exact', 'victims:act'];
const RUNS = 1_500;
const SEED = Date.now() % 2 ** 31;

type Variables = Record<string, unknown>;

describe(`POL-81 an operation that is asked again and again (seed ${SEED})`, () => {
  it('MUST be refused each caller as if nobody had asked it before, with the same places in the same order', () => {
    const seen = { open: 0, fields: 0, arguments: 0, purpose: 0 };
    fc.assert(
      fc.property(operations(), fc.array(fc.tuple(callers(), variables()), { minLength: 1, maxLength: 6 }), (text, requests) => {
        const document = parse(text);
        for (const [caller, values] of requests) {
          const found = refusals(document, values, caller);
          expect(found, text).toEqual(plainly(document, values, caller));
          if (found.length === 0) seen.open += 1;
          if (found.some(({ coordinate }) => coordinate.includes('('))) seen.arguments += 1;
          if (found.some(({ coordinate }) => !coordinate.includes('('))) seen.fields += 1;
          if (found.some(({ missing }) => missing === 'purpose')) seen.purpose += 1;
        }
      }),
      { numRuns: RUNS, seed: SEED },
    );
    // All of them happen often, or nothing was tested.
    expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(RUNS / 20);
  });

  it('MUST be looked at anew when the rules are others', () => {
    const stricter = readPolicy(parse(SUPERGRAPH.replace(/(open: Int .*@requiresScopes\(scopes: )\[\["reference:read"\]\]/, '$1[["victims:read"]]')));
    const document = parse('{ open }');
    const reader: Caller = { subject: 'somebody', agency: null, scopes: ['reference:read'], purpose: null };
    const coordinates = (policy: typeof POLICY) => findRefusals(asked(document, {}), policy, reader).map(({ coordinate }) => coordinate);
    expect([POLICY, stricter, POLICY].map(coordinates)).toEqual([[], ['Query.open'], []]);
  });

  it('MUST be refused what variables put deep into an input of which only that has a rule', () => {
    const deep = buildSchema('type Query { a(outer: Outer): Int } input Outer { inners: [Inner!] again: Outer } input Inner { secret: Int open: Int }');
    const rule: AccessRule = { authenticated: true, scopes: null, policies: null };
    const policy = { ofType: () => [], ofField: () => [], ofInput: (coordinate: string) => (coordinate === 'Inner.secret' ? [rule] : []) };
    const document = parse('query ($o: Outer) { a(outer: $o) }');
    const anybody: Caller = { subject: null, agency: null, scopes: [], purpose: null };
    const found = (o: unknown) => findRefusals({ ...asked(document, { o }), schema: deep }, policy, anybody).map(({ coordinate }) => coordinate);
    expect(found({ again: { inners: [{ open: 1 }] } })).toEqual([]);
    expect(found({ again: { inners: [{ open: 1 }, { secret: 1 }] } })).toEqual(['Query.a(outer:)']);
  });
});

function refusals(document: DocumentNode, values: Variables, caller: Caller): Refusal[] {
  return findRefusals(asked(document, values), POLICY, caller);
}

function asked(document: DocumentNode, values: Variables) {
  return { schema, document, operation: operationOf(document), variables: values };
}

function operationOf({ definitions }: DocumentNode): OperationDefinitionNode {
  const [operation] = definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('expected the operation first');
  return operation;
}

/** The variables put in their places, then every field on every way to it, with every rule there is. */
function plainly(document: DocumentNode, values: Variables, caller: Caller): Refusal[] {
  const filled = filledIn(document, values);
  const unmet: Refusal[] = [];
  const ask = (coordinate: string, path: readonly string[], rules: readonly AccessRule[]) => {
    for (const rule of rules.filter((one) => !fulfils(one, caller))) {
      unmet.push({ coordinate, path, missing: fulfils(rule, { ...caller, purpose: 'COORDINATION' }) ? 'purpose' : 'scopes' });
    }
  };
  const follow = ({ selections }: SelectionSetNode, type: GraphQLObjectType, path: readonly string[]): void => {
    for (const node of selections) {
      if (node.kind === Kind.FIELD) {
        followField(node, type, [...path, node.alias?.value ?? node.name.value]);
        continue;
      }
      const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : fragmentOf(filled, node.name.value);
      if (possible(fragment.typeCondition?.name.value ?? type.name).includes(type)) follow(fragment.selectionSet, type, path);
    }
  };
  const followField = (node: FieldNode, type: GraphQLObjectType, path: readonly string[]): void => {
    const coordinate = `${type.name}.${node.name.value}`;
    if (node.name.value === '__typename') {
      ask(coordinate, path, POLICY.ofType(type.name));
      return;
    }
    const field = type.getFields()[node.name.value];
    if (field === undefined) throw new Error(`there is no ${coordinate}`);
    ask(coordinate, path, POLICY.ofField(type.name, field.name) ?? []);
    for (const { name, value } of node.arguments ?? []) {
      const argument = field.args.find((one) => one.name === name.value);
      if (argument) ask(`${coordinate}(${name.value}:)`, path, rulesOfValue(value, argument.type));
    }
    const result = getNamedType(field.type);
    if (!isAbstractType(result)) ask(coordinate, path, POLICY.ofType(result.name));
    if (node.selectionSet) for (const one of possible(result.name)) follow(node.selectionSet, one, path);
  };
  const root = schema.getRootType(operationOf(filled).operation);
  if (root) follow(operationOf(filled).selectionSet, root, []);
  return [...Map.groupBy(unmet, ({ coordinate }) => coordinate).values()].map((all) => ({
    ...(all[0] as Refusal),
    missing: all.some(({ missing }) => missing === 'scopes') ? 'scopes' : 'purpose',
  }));
}

function filledIn(document: DocumentNode, values: Variables): DocumentNode {
  const defaults = new Map(operationOf(document).variableDefinitions?.map(({ variable, defaultValue }) => [variable.name.value, defaultValue]));
  return visit(document, {
    [Kind.VARIABLE_DEFINITION]: () => null,
    [Kind.VARIABLE]: ({ name: { value: name } }) => (Object.hasOwn(values, name) ? literal(values[name]) : (defaults.get(name) ?? literal(null))),
  });
}

function literal(value: unknown): ValueNode {
  return parseConstValue(JSON.stringify(value).replace(/"(\w+)":/g, '$1:'));
}

function rulesOfValue(value: ValueNode, outer: GraphQLInputType): readonly AccessRule[] {
  const type = getNullableType(outer);
  if (isListType(type)) return (value.kind === Kind.LIST ? value.values : [value]).flatMap((item) => rulesOfValue(item, type.ofType));
  const fields = isInputObjectType(type) && value.kind === Kind.OBJECT ? value.fields : [];
  const below = fields.flatMap(({ name, value: inner }) => {
    const field = isInputObjectType(type) ? type.getFields()[name.value] : undefined;
    return field ? [...POLICY.ofInput(`${type.name}.${name.value}`), ...rulesOfValue(inner, field.type)] : [];
  });
  return [...POLICY.ofType(type.name), ...below];
}

function fragmentOf({ definitions }: DocumentNode, wanted: string) {
  const found = definitions.find((node) => node.kind === Kind.FRAGMENT_DEFINITION && node.name.value === wanted);
  if (found?.kind !== Kind.FRAGMENT_DEFINITION) throw new Error(`there is no fragment ${wanted}`);
  return found;
}

function possible(name: string): readonly GraphQLObjectType[] {
  const type = schema.getType(name);
  return isObjectType(type) ? [type] : isAbstractType(type) ? schema.getPossibleTypes(type) : [];
}

function callers(): fc.Arbitrary<Caller> {
  return fc.record({
    subject: fc.constantFrom('somebody', 'somebody', null),
    agency: fc.constant(null),
    scopes: fc.oneof(fc.subarray([...SCOPES_USED]), fc.constant(SCOPES_USED)),
    purpose: fc.constantFrom(null, ...(Object.keys(PURPOSES) as Purpose[])),
  });
}

function variables(): fc.Arbitrary<Variables> {
  const colour = fc.constantFrom('RED', 'BLUE', null);
  const { filter } = fc.letrec((tie) => ({
    filter: fc.oneof(
      { depthSize: 'small' },
      fc.constant(null),
      fc.record({ colour, owner: fc.constantFrom('n', null), above: fc.nat(9), inner: tie('filter'), unknown: fc.constant(1) }, { requiredKeys: [] }),
    ),
  }));
  return fc.record({ c: colour, cs: fc.oneof(fc.array(colour, { maxLength: 2 }), colour), f: filter, o: fc.constantFrom('n', null) }, { requiredKeys: [] });
}

/** Queries with aliases, type conditions, fragments spread at several places, and arguments with and without variables; and an act. */
function operations(): fc.Arbitrary<string> {
  const given = fc.constantFrom(
    ...['colour: RED', 'colour: $c', 'colours: $cs', 'colours: [$c]', 'colours: []', 'filter: $f', 'filter: { above: 1 }', 'filter: { owner: $o }'],
    ...['filter: { inner: { colour: $c } }', 'filter: { inner: $f, above: 2 }', 'filter: { inner: { owner: "n" } }', 'colour: BLUE, filter: $f'],
  );
  const set = (...selections: fc.Arbitrary<string>[]) => fc.array(fc.oneof(...selections), { minLength: 1, maxLength: 4 }).map((all) => `{ ${all.join(' ')} }`);
  const alias = fc.constantFrom('', '', 'a: ', 'b: ', 'hidden: ');
  const field = (name: string, below: fc.Arbitrary<string>) => fc.tuple(alias, below).map(([as, inside]) => `${as}${name} ${inside}`);
  const leaf = (...names: string[]) => fc.tuple(alias, fc.constantFrom('__typename', ...names)).map(([as, name]) => `${as}${name}`);
  const on = (type: string, below: fc.Arbitrary<string>) => below.map((inside) => `... on ${type} ${inside}`);
  const note = (depth: number) => set(leaf('id', 'label', 'hidden', 'digest'), field('owner', set(leaf('name'))), field('related', thing(depth)));
  const secret = (depth: number) => set(leaf('id', 'label', 'body'), field('related', thing(depth)));
  const thing = (depth: number): fc.Arbitrary<string> => (depth === 0 ? set(leaf('id', 'label')) : set(leaf('id', 'label'), ...within(depth - 1)));
  const within = (depth: number) => [
    field('related', thing(depth)),
    on('Note', note(depth)),
    on('Secret', secret(depth)),
    on('Thing', thing(depth)),
    fc.constant('...Shared'),
  ];
  const sealed = set(leaf('content'), fc.constantFrom('... on Letter { content }', '... on Parcel { x: content }'));
  const count = given.chain((value) => field(`count(${value})`, fc.constantFrom('', '@include(if: false)')));
  const body = set(
    leaf('open', 'byColour'),
    field('note', note(2)),
    field('secret', secret(2)),
    field('thing', thing(2)),
    field('either', set(leaf(), ...within(2).slice(1))),
    field('sealed', sealed),
    count,
    fc.constantFrom('...Root', '... on Query { open ...Root }'),
  );
  const shared = thing(1).map((text) => text.replaceAll('...Shared', 'id'));
  const defaults = fc.tuple(fc.constantFrom('', ' = RED'), fc.constantFrom('', ' = { owner: "n" }', ' = { above: 1 }'));
  const query = fc
    .tuple(defaults, body, shared, set(count))
    .map(
      ([[c, f], selections, onThing, onQuery]) =>
        `query ($c: Colour${c}, $cs: [Colour!], $f: Filter${f}, $o: String) ${selections} fragment Shared on Thing ${onThing} fragment Root on Query ${onQuery}`,
    );
  return fc.oneof({ weight: 20, arbitrary: query }, { weight: 1, arbitrary: fc.constant('mutation { forget again: forget }') });
}

function compose() {
  const result = composeServices(GUARDED_GRAPH.map(({ name, typeDefs }) => ({ name, typeDefs: parse(typeDefs), url: `http://127.0.0.1:1/${name}` })));
  if (result.errors) throw new Error(result.errors.join('\n'));
  return { supergraphSdl: result.supergraphSdl, schema: result.schema.toAPISchema().toGraphQLJSSchema() };
}
