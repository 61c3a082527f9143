import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  Kind,
  parse,
  print,
  type SelectionNode,
  type SelectionSetNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { Ownership } from './ownership.ts';
import { type FetchSelection, readSelection, responseName } from './selection.ts';
import { fragmentsOf } from './fragments.ts';

/**
 * A fetch of lists of entities that several subgraphs can answer, each with fields of its own. The executor lays such lists over each other
 * by place, so the gateway must know which entity each place is: see alignment.ts.
 */
export interface SharedFetch {
  /** The operation as it is sent: with the key of every entity besides. */
  readonly query: string;
  /** The name of the key in the answer. */
  readonly key: string;
  /** The names of the lists in the answer. */
  readonly names: readonly string[];
  /** The subgraphs that could answer every one of the lists. */
  readonly services: readonly string[];
  readonly selection: FetchSelection;
  /** The same lists, with those of their fields that another subgraph can answer. */
  standIn(service: string): StandIn;
}

/** See {@link SharedFetch.standIn}. */
export interface StandIn {
  readonly query: string;
  /** The variables that it uses. */
  readonly variables: ReadonlySet<string>;
  /** What it lacks: the names in the answer from the list's on. */
  readonly lacking: readonly (readonly string[])[];
}

/** Told about the operations that were seen last; a client can make up any number of them. */
const REMEMBERED = 1_000;

/** @returns what is to be known about a fetch's operation; `null` for one without such a list. Equal operations are worked out once. */
export function createSharedLists(schema: GraphQLSchema, ownership: Ownership): (query: string) => SharedFetch | null {
  const known = new Map<string, SharedFetch | null>();
  return (query) => {
    const found = known.get(query);
    if (found !== undefined) return found;
    const made = readSharedFetch(query, schema, ownership);
    if (known.size >= REMEMBERED) known.clear();
    known.set(query, made);
    return made;
  };
}

function readSharedFetch(query: string, schema: GraphQLSchema, ownership: Ownership): SharedFetch | null {
  const document = parse(query, { noLocation: true });
  const key = unusedName(query);
  const names = new Set<string>();
  const services: (readonly string[])[] = [];
  const types = new TypeInfo(schema);
  const keyed = visit(
    document,
    visitWithTypeInfo(types, {
      Field: {
        enter: (node) => {
          const list = types.getParentType() === schema.getQueryType() ? ownership.sharedLists.get(node.name.value) : undefined;
          if (list === undefined || node.selectionSet === undefined) return undefined;
          names.add(responseName(node));
          services.push(list.services);
          const selections = [...node.selectionSet.selections, field(list.key, key)];
          return { ...node, selectionSet: { ...node.selectionSet, selections } };
        },
      },
    }),
  );
  if (names.size === 0) return null;
  const [first = [], ...others] = services;
  const standIns = new Map<string, StandIn>();
  return {
    query: print(keyed),
    key,
    names: [...names],
    services: first.filter((service) => others.every((those) => those.includes(service))),
    selection: readSelection(query, schema),
    standIn: (service) => {
      const found = standIns.get(service) ?? confine(inlineFragments(keyed), service, schema, ownership);
      standIns.set(service, found);
      return found;
    },
  };
}

/** The operation without what the subgraph cannot answer, and without what is no shared list. */
function confine(document: DocumentNode, service: string, schema: GraphQLSchema, { servicesOf, sharedLists }: Ownership): StandIn {
  const types = new TypeInfo(schema);
  const lacking: string[][] = [];
  const confined = visit(
    document,
    visitWithTypeInfo(types, {
      Field: {
        enter: (node, _key, _parent, _path, ancestors) => {
          const parent = types.getParentType();
          if (node.name.value === '__typename') return undefined;
          if (parent === schema.getQueryType() && !sharedLists.has(node.name.value)) return null;
          if (servicesOf(parent?.name ?? '', node.name.value).includes(service)) return undefined;
          const outer = ancestors.flatMap((ancestor) => ('kind' in ancestor && ancestor.kind === Kind.FIELD ? ancestor : []));
          lacking.push([...outer, node].map(responseName));
          return null;
        },
      },
      SelectionSet: { leave: (node: SelectionSetNode) => (node.selections.length > 0 ? undefined : { ...node, selections: [field('__typename')] }) },
    }),
  );
  // Variables that are no longer used would be refused.
  const variables = new Set<string>();
  visit(confined, { VariableDefinition: { enter: () => false }, Variable: { enter: ({ name }) => void variables.add(name.value) } });
  const declared = visit(confined, { VariableDefinition: { enter: ({ variable }) => (variables.has(variable.name.value) ? undefined : null) } });
  return { query: print(declared), variables, lacking };
}

/** The operation with every fragment where it is used, so that each field is in the place that it has in the answer. */
function inlineFragments(document: DocumentNode): DocumentNode {
  const fragments = fragmentsOf(document.definitions);
  return visit(document, {
    FragmentDefinition: { enter: () => null },
    FragmentSpread: {
      enter: ({ name, directives }) => {
        const { typeCondition, selectionSet } = fragments.get(name.value) as FragmentDefinitionNode;
        return { kind: Kind.INLINE_FRAGMENT, typeCondition, directives, selectionSet };
      },
    },
  });
}

/** A name that stands nowhere in the operation. */
function unusedName(query: string): string {
  let name = 'entityKey';
  while (query.includes(name)) name += '_';
  return name;
}

function field(name: string, alias?: string): SelectionNode {
  return {
    kind: Kind.FIELD,
    name: { kind: Kind.NAME, value: name },
    ...(alias === undefined ? {} : { alias: { kind: Kind.NAME, value: alias } }),
  };
}
