import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import type { AccessRule } from '#schema/access-rule.ts';
import { hasVariables, perOperation } from '../per-operation.ts';
import { partsGiven, partsPossible, readDefaults, type Variables } from './inputs.ts';
import type { Policy } from './rules.ts';
import { fragmentsOf } from '../fragments.ts';

/** What an operation asks for at a place. */
export interface Demand {
  /** `Type.field`, or `Type.field(argument:)`. */
  readonly coordinate: string;
  /** Null for the operation as a whole. */
  readonly path: Path | null;
  /** What it takes, all of it; of an argument that variables decide, by what the client sent for these. */
  readonly rules: readonly AccessRule[] | ((given: Variables['given']) => readonly AccessRule[]);
}

/** A place in the operation, by response names; written out only where something is refused there. */
export interface Path {
  readonly above: Path | null;
  readonly name: string;
}

/** Introspection, as a rule. */
const EXPLORE: readonly AccessRule[] = [{ authenticated: false, scopes: [['graph:explore']], policies: null }];
/** What the rules do not know. */
const NOBODY: readonly AccessRule[] = [{ authenticated: false, scopes: [], policies: null }];

/**
 * What a valid operation asks for, whoever asks, in the order of its text; worked out once. Each rule is there once for each coordinate, so
 * that the list is no longer than the schema, but for arguments that variables decide. What `@skip` and `@include` leave out counts.
 *
 * Selections are followed for every object type that they may meet, so that an interface or union asks for what all its types ask for, and a
 * type condition for what its own do. Each selection set is followed at most once for each type, whatever fragments lead to it: the work is
 * bounded by the document's size times the number of object types.
 */
export const demandsOf = perOperation((operation, document: DocumentNode, schema: GraphQLSchema, policy: Policy): readonly Demand[] => {
  const root = schema.getRootType(operation.operation);
  if (!root) return [{ coordinate: operation.operation, path: null, rules: NOBODY }];
  const walk = new Walk(operation, document, schema, policy);
  walk.enter(operation.selectionSet, root, null);
  return walk.demands;
});

class Walk {
  readonly demands: Demand[] = [];
  readonly #schema: GraphQLSchema;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #defaults: Variables['defaults'];
  readonly #policy: Policy;
  readonly #followed = new Map<SelectionSetNode, Set<GraphQLObjectType>>();
  readonly #asked = new Map<string, Set<AccessRule>>();
  readonly #ruled = new Map<GraphQLInputType, boolean>();

  constructor(operation: OperationDefinitionNode, document: DocumentNode, schema: GraphQLSchema, policy: Policy) {
    this.#schema = schema;
    this.#fragments = fragmentsOf(document.definitions);
    this.#defaults = readDefaults(operation);
    this.#policy = policy;
  }

  enter(selections: SelectionSetNode, type: GraphQLObjectType, path: Path | null): void {
    const types = this.#followed.get(selections) ?? new Set();
    if (types.has(type)) return;
    this.#followed.set(selections, types.add(type));
    for (const selection of selections.selections) {
      if (selection.kind === Kind.FIELD) this.#field(selection, type, path);
      else if (selection.kind === Kind.INLINE_FRAGMENT) {
        if (this.#meets(selection.typeCondition?.name.value, type)) this.enter(selection.selectionSet, type, path);
      } else {
        const fragment = this.#fragments.get(selection.name.value);
        if (fragment && this.#meets(fragment.typeCondition.name.value, type)) this.enter(fragment.selectionSet, type, path);
      }
    }
  }

  #field(node: FieldNode, type: GraphQLObjectType, above: Path | null): void {
    const name = node.name.value;
    const coordinate = `${type.name}.${name}`;
    const path = { above, name: node.alias?.value ?? name };
    if (name === '__typename') {
      this.#ask(coordinate, path, this.#policy.ofType(type.name));
      return;
    }
    if (name === '__schema' || name === '__type') {
      this.#ask(coordinate, path, EXPLORE);
      return;
    }
    const field = type.getFields()[name];
    const rules = this.#policy.ofField(type.name, name);
    if (field === undefined || rules === undefined) {
      this.#ask(coordinate, path, NOBODY);
      return;
    }
    this.#ask(coordinate, path, rules);
    for (const { name: argument, value } of node.arguments ?? []) {
      const definition = field.args.find((one) => one.name === argument.value);
      if (definition) this.#argument(`${coordinate}(${argument.value}:)`, path, definition, value);
    }
    const result = getNamedType(field.type);
    // An interface's rules are those of its types, and asked for as these are met.
    if (!isAbstractType(result)) this.#ask(coordinate, path, this.#policy.ofType(result.name));
    if (node.selectionSet) for (const one of this.#possible(result)) this.enter(node.selectionSet, one, path);
  }

  #argument(coordinate: string, path: Path, { type }: GraphQLArgument, value: ValueNode): void {
    if (!this.#isRuled(getNamedType(type))) return;
    const [policy, defaults] = [this.#policy, this.#defaults];
    const rules = (given: Variables['given']) => rulesOf(partsGiven(value, type, { given, defaults }), policy);
    if (hasVariables(value)) this.demands.push({ coordinate, path, rules });
    else this.#ask(coordinate, path, rules({}));
  }

  /** Whether any value of the type asks for something. */
  #isRuled(type: GraphQLInputType): boolean {
    const found = this.#ruled.get(type) ?? rulesOf(partsPossible(type), this.#policy).length > 0;
    this.#ruled.set(type, found);
    return found;
  }

  #meets(condition: string | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true;
    const named = this.#schema.getType(condition);
    return isAbstractType(named) && this.#schema.isSubType(named, type);
  }

  #possible(type: GraphQLNamedType): readonly GraphQLObjectType[] {
    if (isObjectType(type)) return [type];
    return isAbstractType(type) ? this.#schema.getPossibleTypes(type) : [];
  }

  #ask(coordinate: string, path: Path, rules: readonly AccessRule[]): void {
    const asked = this.#asked.get(coordinate) ?? new Set();
    const more = new Set(rules).difference(asked);
    if (more.size === 0) return;
    this.#asked.set(coordinate, asked.union(more));
    this.demands.push({ coordinate, path, rules: [...more] });
  }
}

function rulesOf(parts: ReadonlySet<string>, policy: Policy): readonly AccessRule[] {
  return [...parts].flatMap((part) => (part.includes('.') ? policy.ofInput(part) : policy.ofType(part)));
}
