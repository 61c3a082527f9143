import { type DefinitionNode, type DirectiveNode, type FieldDefinitionNode, Kind, type ObjectTypeDefinitionNode, type ObjectTypeExtensionNode } from 'graphql';
import { isPolicy, isScope, ROLES, SCOPES } from '../access.ts';
import { readInputRule } from '../access-inputs.ts';
import { directiveNames } from '../access-directives.ts';
import { type AccessRule, type DirectiveNames, readRule } from '../access-rule.ts';
import type { Fault } from './fault.ts';
import type { SubgraphSource } from './subgraph-sources.ts';

type Ruled = { readonly directives?: readonly DirectiveNode[] | undefined; readonly loc?: { readonly startToken: { readonly line: number } } | undefined };

/**
 * Fields (a mutation is one) without a rule, with the arguments that are open by it; rules that cannot be read, that ask for nothing, or that name a
 * scope or a policy which schema/access.ts does not have.
 */
export function checkAccess({ file, document }: SubgraphSource): Fault[] {
  let names: DirectiveNames;
  try {
    names = directiveNames(document);
  } catch (error) {
    return [{ file, message: (error as Error).message, action: 'import the directive with @link and use it under that name' }];
  }
  const faults: Fault[] = [];
  const read = (node: Ruled, coordinate: string, readIt = (directives: Ruled['directives']) => readRule(directives, names)): AccessRule | null => {
    try {
      const rule = readIt(node.directives);
      if (rule !== null) faults.push(...checkRule(rule, coordinate).map((fault) => ({ file, line: node.loc?.startToken.line, ...fault })));
      return rule;
    } catch (error) {
      faults.push({ file, line: node.loc?.startToken.line, message: `${coordinate}: ${(error as Error).message}`, action: 'write the rule like the others' });
      return null;
    }
  };
  const types = document.definitions.filter(isObject);
  const ruled = new Set(types.filter((type) => read(type, type.name.value) !== null).map(({ name }) => name.value));
  for (const type of types) {
    for (const field of type.fields ?? []) {
      const own = read(field, `${type.name.value}.${field.name.value}`);
      if (own !== null || ruled.has(type.name.value) || isExternal(field)) continue;
      for (const coordinate of coordinates(type.name.value, field)) {
        faults.push({
          file,
          line: field.loc?.startToken.line,
          message: `${coordinate} has no rule of access`,
          action: 'say on the field or its type who may, see schema/README.md',
        });
      }
    }
  }
  for (const definition of document.definitions) {
    if (definition.kind === Kind.ENUM_TYPE_DEFINITION || definition.kind === Kind.SCALAR_TYPE_DEFINITION) read(definition, definition.name.value);
    if (definition.kind !== Kind.INPUT_OBJECT_TYPE_DEFINITION) continue;
    for (const field of definition.fields ?? []) read(field, `${definition.name.value}.${field.name.value}`, readInputRule);
  }
  return faults;
}

/** Scopes that no role gives: what asks for one is closed to everybody. */
export function checkScopes(): Fault[] {
  const given = new Set<string>(Object.values(ROLES).flat());
  return Object.keys(SCOPES)
    .filter((scope) => !given.has(scope))
    .map((scope) => ({ file: 'schema/access.ts', message: `no role has the scope "${scope}"`, action: 'give it to a role, or take it out' }));
}

function checkRule({ authenticated, scopes, policies }: AccessRule, coordinate: string): Pick<Fault, 'message' | 'action'>[] {
  const unknown = [
    ...(scopes ?? []).flat().flatMap((name) => (isScope(name) ? [] : `the scope "${name}"`)),
    ...(policies ?? []).flat().flatMap((name) => (isPolicy(name) ? [] : `the policy "${name}"`)),
  ];
  const faults = unknown.map((name) => ({
    message: `${coordinate} asks for ${name}, which schema/access.ts does not know`,
    action: 'mend the name, or add it there',
  }));
  const open = !authenticated && [scopes, policies].every((lists) => lists === null || lists.some((list) => list.length === 0));
  if (open) faults.push({ message: `${coordinate} has a rule that asks for nothing`, action: 'name a scope, reference:read where everybody may' });
  const closed = [scopes, policies].some((lists) => lists?.length === 0);
  if (closed) faults.push({ message: `${coordinate} has a rule that nobody can fulfil`, action: 'name a scope' });
  return faults;
}

function coordinates(type: string, { name, arguments: given }: FieldDefinitionNode): string[] {
  const coordinate = `${type}.${name.value}`;
  return [coordinate, ...(given ?? []).map((argument) => `${coordinate}(${argument.name.value}:)`)];
}

function isObject(node: DefinitionNode): node is ObjectTypeDefinitionNode | ObjectTypeExtensionNode {
  return node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.OBJECT_TYPE_EXTENSION;
}

/** What is another subgraph's has its rule there. */
function isExternal({ directives }: FieldDefinitionNode): boolean {
  return directives?.some(({ name }) => name.value === 'external') ?? false;
}
