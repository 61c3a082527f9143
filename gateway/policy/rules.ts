import {
  type DirectiveNode,
  type DocumentNode,
  type EnumTypeDefinitionNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type NameNode,
  type ObjectTypeDefinitionNode,
  type ScalarTypeDefinitionNode,
  type SelectionSetNode,
  type TypeNode,
} from 'graphql';
import { directiveNames } from '#schema/access-directives.ts';
import { readInputRule } from '#schema/access-inputs.ts';
import { type AccessRule, readRule } from '#schema/access-rule.ts';
import { readFieldSet } from '../join.ts';
import { impliesAll } from './implication.ts';

/** What the supergraph asks of callers. All rules of a list must hold. */
export interface Policy {
  /** Of a type, also of an enum or a scalar: whoever gets or gives one must fulfil them. None where it has none. */
  ofType(type: string): readonly AccessRule[];
  /** Of a field of an input, `Type.field`: whoever gives it must fulfil them. None where it has none. */
  ofInput(coordinate: string): readonly AccessRule[];
  /** Of an object type's field, the type's own included; undefined where there is no such field, which nobody may have. */
  ofField(type: string, field: string): readonly AccessRule[] | undefined;
}

type ReadRule = (directives: readonly DirectiveNode[] | undefined) => AccessRule | null;
type Composite = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

/** Made by composition and by federation, not by subgraphs; no client can ask for them. */
const MACHINERY = /^(join|link|core|policy|requiresScopes|authenticated|federation)__/;

/**
 * Reads the rules of a composed supergraph, with its directives. Composition has merged the subgraphs' rules (all of them must hold).
 * @throws Error naming a field without a rule, or a rule that cannot be read or would not be enforced.
 */
export function readPolicy(document: DocumentNode): Policy {
  const names = directiveNames(document);
  const read: ReadRule = (directives) => readRule(directives, names);
  const types = new Map<string, readonly AccessRule[]>();
  const composites = new Map<string, Composite>();
  const inputs = new Map<string, readonly AccessRule[]>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION) {
      for (const field of definition.fields ?? []) inputs.set(`${definition.name.value}.${field.name.value}`, ruleOf(field, readInputRule));
    }
    if (!isRuled(definition)) continue;
    types.set(definition.name.value, ruleOf(definition, read));
    if ('fields' in definition) composites.set(definition.name.value, definition);
  }
  const objects = [...composites.values()].filter(({ kind, name }) => kind === Kind.OBJECT_TYPE_DEFINITION && !MACHINERY.test(name.value));
  const own = new Map(
    objects.flatMap((type) => (type.fields ?? []).map((field) => [key(type, field), [...(types.get(type.name.value) ?? []), ...ruleOf(field, read)]])),
  );
  const bare = [...own].filter(([, rules]) => rules.length === 0).map(([coordinate]) => coordinate);
  if (bare.length > 0) throw new Error(`${bare.slice(0, 5).join(', ')}${bare.length > 5 ? ` and ${bare.length - 5} more` : ''}: a field without a rule`);
  checkInterfaces([...composites.values()], own, types, read);

  const required = requirements(objects, composites, own, types);
  const fields = new Map([...own].map(([coordinate, rules]) => [coordinate, [...rules, ...(required.get(coordinate) ?? [])]]));
  return {
    ofType: (type) => types.get(type) ?? [],
    ofInput: (coordinate) => inputs.get(coordinate) ?? [],
    ofField: (type, field) => fields.get(`${type}.${field}`),
  };
}

function isRuled(definition: DocumentNode['definitions'][number]): definition is Composite | EnumTypeDefinitionNode | ScalarTypeDefinitionNode {
  switch (definition.kind) {
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_DEFINITION:
    case Kind.ENUM_TYPE_DEFINITION:
    case Kind.SCALAR_TYPE_DEFINITION:
      return true;
    // Composition writes no extensions; their directives would be overlooked.
    case Kind.OBJECT_TYPE_EXTENSION:
    case Kind.INTERFACE_TYPE_EXTENSION:
    case Kind.ENUM_TYPE_EXTENSION:
    case Kind.SCALAR_TYPE_EXTENSION:
      throw new Error(`extend ${definition.name.value}: expected a composed supergraph, which extends no type`);
    default:
      return false;
  }
}

function ruleOf({ name, directives }: { readonly name: NameNode; readonly directives?: readonly DirectiveNode[] | undefined }, read: ReadRule): AccessRule[] {
  try {
    const rule = read(directives);
    return rule === null ? [] : [rule];
  } catch (error) {
    throw new Error(`the rule of ${name.value} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * What is asked of an interface is not enforced as such: whoever asks for one of the types behind it would pass it by (GHSA-mx7m-j9xf-62hw).
 * Composition derives it from those types. A rule that goes beyond them has come from elsewhere, and would protect nothing.
 */
function checkInterfaces(
  composites: readonly Composite[],
  own: ReadonlyMap<string, readonly AccessRule[]>,
  types: ReadonlyMap<string, readonly AccessRule[]>,
  read: ReadRule,
): void {
  for (const type of composites.filter(({ kind }) => kind === Kind.INTERFACE_TYPE_DEFINITION)) {
    const behind = composites.filter(
      ({ kind, interfaces }) => kind === Kind.OBJECT_TYPE_DEFINITION && interfaces?.some(({ name }) => name.value === type.name.value),
    );
    const ofTypes = behind.flatMap(({ name }) => types.get(name.value) ?? []);
    if (!impliesAll(ofTypes, types.get(type.name.value) ?? [])) throw new Error(`the interface ${type.name.value} has a rule that its types have not`);
    for (const field of type.fields ?? []) {
      const ofFields = behind.flatMap((object) => own.get(key(object, field)) ?? []);
      if (!impliesAll(ofFields, ruleOf(field, read))) throw new Error(`${key(type, field)} has a rule that the fields of its types have not`);
    }
  }
}

/** What fields need of other services' fields (`@requires`) crosses the gateway without being selected, and shows in their values: GHSA-m8jr-fxqx-8xx6. */
function requirements(
  objects: readonly Composite[],
  composites: ReadonlyMap<string, Composite>,
  own: ReadonlyMap<string, readonly AccessRule[]>,
  types: ReadonlyMap<string, readonly AccessRule[]>,
): Map<string, readonly AccessRule[]> {
  const collect = (set: SelectionSetNode, on: string, found: { rules: AccessRule[]; fields: string[] }): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet, selection.typeCondition?.name.value ?? on, found);
      if (selection.kind !== Kind.FIELD || selection.name.value === '__typename') continue;
      for (const type of possible(on, composites)) {
        const field = type.fields?.find(({ name }) => name.value === selection.name.value);
        if (field === undefined) throw new Error(`@requires names ${type.name.value}.${selection.name.value}, which is not there`);
        const result = named(field.type);
        found.fields.push(key(type, field));
        found.rules.push(...(own.get(key(type, field)) ?? []), ...(types.get(result) ?? []));
        if (selection.selectionSet) collect(selection.selectionSet, result, found);
      }
    }
  };
  const direct = new Map<string, { rules: AccessRule[]; fields: string[] }>();
  for (const type of objects) {
    for (const field of type.fields ?? []) {
      const found = { rules: [] as AccessRule[], fields: [] as string[] };
      for (const { arguments: given } of (field.directives ?? []).filter(({ name }) => name.value === 'join__field')) {
        const values = new Map(given?.map(({ name, value }) => [name.value, value]));
        if (values.has('contextArguments')) throw new Error(`${key(type, field)}: what it takes from a context (@fromContext) is not followed here`);
        const set = values.get('requires');
        if (set?.kind === Kind.STRING) collect(readFieldSet(set.value), type.name.value, found);
      }
      if (found.fields.length > 0) direct.set(key(type, field), found);
    }
  }
  // What is required may require more itself.
  const follow = (coordinate: string, seen: Set<string>): AccessRule[] => {
    const found = direct.get(coordinate);
    if (found === undefined || seen.has(coordinate)) return [];
    seen.add(coordinate);
    return [...found.rules, ...found.fields.flatMap((next) => follow(next, seen))];
  };
  return new Map([...direct.keys()].map((coordinate) => [coordinate, follow(coordinate, new Set())]));
}

function possible(type: string, composites: ReadonlyMap<string, Composite>): Composite[] {
  const itself = composites.get(type);
  if (itself?.kind === Kind.OBJECT_TYPE_DEFINITION) return [itself];
  const behind = [...composites.values()].filter(
    ({ kind, interfaces }) => kind === Kind.OBJECT_TYPE_DEFINITION && interfaces?.some(({ name }) => name.value === type),
  );
  if (behind.length === 0) throw new Error(`@requires leads through ${type}, of which no type is known`);
  return behind;
}

function named(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : named(type.type);
}

function key(type: Composite, field: FieldDefinitionNode): string {
  return `${type.name.value}.${field.name.value}`;
}
