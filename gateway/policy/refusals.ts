import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { type AccessRule, fulfils } from '#schema/access-rule.ts';
import type { Caller } from '#schema/identity.ts';
import { partsGiven, readVariables, type Variables } from './inputs.ts';
import type { Policy } from './rules.ts';

/** What a refusal is about: a right that the caller's roles do not give, or only that the request does not say for which purpose it asks. */
export type Missing = 'scopes' | 'purpose';

/** A field, or a part of its arguments, that the caller may not have. */
export interface Refusal {
  /** `Type.field`, or `Type.field(argument:)`. */
  readonly coordinate: string;
  /** Where it first stands in the operation, by response names. */
  readonly path: readonly string[];
  readonly missing: Missing;
}

/** An operation, as it is to run. */
export interface Asked {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

/** A place in the operation; written out only where something is refused there. */
interface Path {
  readonly above: Path | null;
  readonly name: string;
}

/** Introspection, as a rule. */
const EXPLORE: readonly AccessRule[] = [{ authenticated: false, scopes: [['graph:explore']], policies: null }];

/**
 * What of a valid operation the caller may not have, each coordinate once; empty when it may run. What `@skip` and `@include` leave out counts.
 *
 * Selections are followed for every object type that they may meet, so that an interface or union asks for what all its types ask for, and a
 * type condition for what its own do. Each selection set is followed at most once for each type, whatever fragments lead to it: the work is
 * bounded by the document's size times the number of object types.
 */
export function findRefusals({ schema, document, operation, variables }: Asked, policy: Policy, caller: Caller): Refusal[] {
  const root = schema.getRootType(operation.operation);
  if (!root) return [{ coordinate: operation.operation, path: [], missing: 'scopes' }];
  const walk = new Walk(schema, document, readVariables(operation, variables), policy, caller);
  walk.enter(operation.selectionSet, root, null);
  return [...walk.refusals.values()];
}

class Walk {
  readonly refusals = new Map<string, Refusal>();
  readonly #schema: GraphQLSchema;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #variables: Variables;
  readonly #policy: Policy;
  readonly #caller: Caller;
  readonly #followed = new Map<SelectionSetNode, Set<GraphQLObjectType>>();
  readonly #missing = new Map<AccessRule, Missing | null>();

  constructor(schema: GraphQLSchema, document: DocumentNode, variables: Variables, policy: Policy, caller: Caller) {
    this.#schema = schema;
    this.#fragments = new Map(document.definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [])));
    this.#variables = variables;
    this.#policy = policy;
    this.#caller = caller;
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
    // What the rules do not know nobody may have.
    if (field === undefined || rules === undefined) {
      this.#refuse(coordinate, path, 'scopes');
      return;
    }
    this.#ask(coordinate, path, rules);
    for (const { name: argument, value } of node.arguments ?? []) {
      const definition = field.args.find((one) => one.name === argument.value);
      if (definition === undefined) continue;
      for (const part of partsGiven(value, definition.type, this.#variables)) {
        this.#ask(`${coordinate}(${argument.value}:)`, path, part.includes('.') ? this.#policy.ofInput(part) : this.#policy.ofType(part));
      }
    }
    const result = getNamedType(field.type);
    // An interface's rules are those of its types, and asked for as these are met.
    if (!isAbstractType(result)) this.#ask(coordinate, path, this.#policy.ofType(result.name));
    if (node.selectionSet) for (const one of this.#possible(result)) this.enter(node.selectionSet, one, path);
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
    for (const rule of rules) {
      const missing = this.#missingFor(rule);
      if (missing !== null) this.#refuse(coordinate, path, missing);
    }
  }

  /** That a purpose is missing is said only where nothing else is. */
  #refuse(coordinate: string, path: Path, missing: Missing): void {
    const before = this.refusals.get(coordinate);
    if (before === undefined || (before.missing === 'purpose' && missing === 'scopes')) {
      this.refusals.set(coordinate, { coordinate, path: before?.path ?? names(path), missing });
    }
  }

  #missingFor(rule: AccessRule): Missing | null {
    let missing = this.#missing.get(rule);
    if (missing === undefined) {
      missing = fulfils(rule, this.#caller) ? null : fulfils({ ...rule, policies: null }, this.#caller) ? 'purpose' : 'scopes';
      this.#missing.set(rule, missing);
    }
    return missing;
  }
}

function names(path: Path): string[] {
  const found: string[] = [];
  for (let at: Path | null = path; at !== null; at = at.above) found.unshift(at.name);
  return found;
}
