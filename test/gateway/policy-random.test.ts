import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { composeServices } from '@apollo/composition';
import * as fc from 'fast-check';
import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  Kind,
  parse,
  type SelectionNode,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { PURPOSES, type Purpose, SCOPES, type Scope } from '#schema/access.ts';
import type { Caller } from '#schema/identity.ts';
import { SUBGRAPHS } from '#schema/subgraphs.ts';
import { readPolicy } from '../../gateway/policy/index.ts';
import { findRefusals } from '../../gateway/policy/refusals.ts';

/** Random operations on the real schema against a second evaluation that shares nothing with the first but the schema. */
const ROOT = resolve(import.meta.dirname, '../..');
const { document: SUPERGRAPH, schema } = composeAll();
const POLICY = readPolicy(SUPERGRAPH);
const RUNS = 3000;

describe('POL-80 a random operation of a random caller', () => {
  it('is refused for exactly the fields that a reading leaf by leaf refuses', () => {
    let refused = 0;
    let allowed = 0;
    fc.assert(
      fc.property(fc.integer(), callers(), (seed, who) => {
        const operation = new Writer(seed).operation();
        const document = parse(operation);
        const definition = document.definitions[0];
        if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation');
        const found = findRefusals({ schema, document, operation: definition }, POLICY, who).map(({ coordinate }) => coordinate);
        expect(found.sort(), operation).toEqual(naive(document, who));
        if (found.length > 0) refused += 1;
        else allowed += 1;
      }),
      { numRuns: RUNS, seed: 20_261_126 },
    );
    // Both happen often, or nothing was tested.
    expect(Math.min(refused, allowed)).toBeGreaterThan(RUNS / 20);
  });

  it('is a document that the schema takes, but for arguments', () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const faults = validate(schema, parse(new Writer(seed).operation())).filter(
        ({ message }) => !/is required, but it was not provided|conflict/.test(message),
      );
      expect(faults.map(({ message }) => message)).toEqual([]);
    }
  });
});

function callers(): fc.Arbitrary<Caller> {
  const scopes = fc.subarray(Object.keys(SCOPES) as Scope[]);
  return fc.record({
    subject: fc.constantFrom('somebody', 'somebody', null),
    agency: fc.constant(null),
    // Whoever lacks most would be refused most.
    scopes: fc.oneof(
      scopes,
      fc.constant(Object.keys(SCOPES) as Scope[]),
      scopes.map((left) => (Object.keys(SCOPES) as Scope[]).filter((scope) => !left.slice(0, 2).includes(scope))),
    ),
    purpose: fc.constantFrom(null, ...(Object.keys(PURPOSES) as Purpose[])),
  });
}

/** Writes operations with aliases, nested fragments, type conditions, interfaces and names of types; without arguments. */
class Writer {
  #state: number;
  readonly #fragments: string[] = [];

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  operation(): string {
    const root = (this.#chance(0.2) ? schema.getMutationType() : schema.getQueryType()) as GraphQLObjectType;
    const selections = this.#selections(root, 4);
    return [`${root.name === 'Mutation' ? 'mutation' : 'query'} ${selections}`, ...this.#fragments].join('\n');
  }

  #selections(type: GraphQLCompositeType, depth: number): string {
    const count = 1 + this.#below(3);
    return `{ ${Array.from({ length: count }, () => this.#selection(type, depth)).join(' ')} }`;
  }

  #selection(type: GraphQLCompositeType, depth: number): string {
    const kind = this.#below(10);
    if (kind === 0 || isUnionType(type)) return this.#chance(0.3) ? '__typename' : 'name: __typename';
    if (kind === 1 && depth > 0) return `... ${this.#chance(0.5) ? '@include(if: true) ' : ''}${this.#selections(type, depth - 1)}`;
    if (kind <= 4 && depth > 0) {
      const other = this.#overlapping(type);
      if (kind === 2) return `... on ${other.name} ${this.#selections(other, depth - 1)}`;
      const body = this.#selections(other, depth - 1);
      const name = `F${this.#fragments.length}`;
      this.#fragments.push(`fragment ${name} on ${other.name} ${body}`);
      return this.#chance(0.3) ? `...${name} again: __typename ...${name}` : `...${name}`;
    }
    const fields = Object.values(type.getFields()).filter((field) => depth > 0 || !isCompositeType(getNamedType(field.type)));
    const field = fields[this.#below(fields.length)];
    if (field === undefined) return '__typename';
    const result = getNamedType(field.type);
    const alias = this.#chance(0.3) ? `a${this.#below(1000)}: ` : '';
    return `${alias}${field.name}${isCompositeType(result) ? ` ${this.#selections(result, depth - 1)}` : ''}`;
  }

  #overlapping(type: GraphQLCompositeType): GraphQLCompositeType {
    const all = [type, ...(isObjectType(type) ? type.getInterfaces() : schema.getPossibleTypes(type))];
    return all[this.#below(all.length)] ?? type;
  }

  #chance(of: number): boolean {
    return this.#below(1000) < of * 1000;
  }

  /** mulberry32. */
  #below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  }
}

/** Every fragment written out where it is spread; then every field, with the object types that may be there. */
function naive(document: DocumentNode, who: Caller): string[] {
  const fragments = new Map(document.definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [])));
  const expand = (selection: SelectionNode): SelectionNode => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const found = fragments.get(selection.name.value);
      if (found === undefined) throw new Error('no such fragment');
      return {
        kind: Kind.INLINE_FRAGMENT,
        typeCondition: found.typeCondition,
        selectionSet: { ...found.selectionSet, selections: found.selectionSet.selections.map(expand) },
      };
    }
    if (!selection.selectionSet) return selection;
    return { ...selection, selectionSet: { ...selection.selectionSet, selections: selection.selectionSet.selections.map(expand) } } as SelectionNode;
  };
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation');
  const whole = { ...operation, selectionSet: { ...operation.selectionSet, selections: operation.selectionSet.selections.map(expand) } };

  const refused = new Set<string>();
  const info = new TypeInfo(schema);
  const here: string[][] = [];
  const leaf = (node: FieldNode) => {
    const rules = (type: string) =>
      node.name.value === '__typename' ? [rulesOf(type)] : [rulesOf(type), rulesOf(`${type}.${node.name.value}`), ...entered(info)];
    for (const type of here.at(-1) ?? []) if (!rules(type).every((rule) => satisfied(rule, who))) refused.add(`${type}.${node.name.value}`);
  };
  visit(
    whole,
    visitWithTypeInfo(info, {
      [Kind.FIELD]: { enter: leaf },
      [Kind.SELECTION_SET]: {
        enter: (_node, _key, parent) => {
          const types = named(info.getParentType());
          const within = parent && 'kind' in parent && parent.kind === Kind.INLINE_FRAGMENT;
          const above = here.at(-1);
          // Nothing is under a field that no type can have there.
          here.push(within ? types.filter((type) => above?.includes(type)) : above?.length === 0 ? [] : types);
        },
        leave: () => void here.pop(),
      },
    }),
  );
  return [...refused].sort();
}

function entered(info: TypeInfo): (readonly ConstDirectiveNode[])[] {
  const type = getNamedType(info.getType());
  return type && isObjectType(type) ? [rulesOf(type.name)] : [];
}

function named(type: GraphQLCompositeType | null | undefined): string[] {
  if (!type) return [];
  return isObjectType(type) ? [type.name] : schema.getPossibleTypes(type).map(({ name }) => name);
}

/** The directives at a place of the supergraph, as they stand there. */
function rulesOf(coordinate: string): readonly ConstDirectiveNode[] {
  const [name, field] = coordinate.split('.');
  const type = SUPERGRAPH.definitions.find((node) => 'name' in node && node.name?.value === name && node.kind === Kind.OBJECT_TYPE_DEFINITION);
  if (type?.kind !== Kind.OBJECT_TYPE_DEFINITION) return [];
  return (field === undefined ? type.directives : type.fields?.find((one) => one.name.value === field)?.directives) ?? [];
}

function satisfied(directives: readonly ConstDirectiveNode[], who: Caller): boolean {
  return directives.every((directive) => {
    const lists = () =>
      JSON.parse(
        directive.loc?.source.body
          .slice(directive.loc.start, directive.loc.end)
          .replace(/^[^[]*/, '')
          .replace(/\)$/, '') ?? '',
      ) as string[][];
    if (directive.name.value === 'authenticated') return who.subject !== null;
    if (directive.name.value === 'requiresScopes') return lists().some((list) => list.every((scope) => who.scopes.includes(scope as Scope)));
    if (directive.name.value === 'policy') return lists().some((list) => list.every((policy) => policy === 'purpose' && who.purpose !== null));
    return true;
  });
}

/** The real schema, composed here; with an interface among its roots that has fields besides ids. */
function composeAll(): { document: DocumentNode; schema: GraphQLSchema } {
  const result = composeServices(
    Object.keys(SUBGRAPHS).map((name) => ({
      name,
      url: `http://127.0.0.1:1/${name}`,
      typeDefs: parse(readFileSync(resolve(ROOT, `subgraphs/${name}/schema.graphql`), 'utf8')),
    })),
  );
  if (result.errors) throw new Error(result.errors.join('\n'));
  const api = result.schema.toAPISchema().toGraphQLJSSchema();
  if (!isInterfaceType(api.getType('Node'))) throw new Error('expected an interface Node');
  return { document: parse(result.supergraphSdl), schema: api };
}
