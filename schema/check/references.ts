import { type ConstDirectiveNode, type FieldDefinitionNode, Kind, type ObjectTypeDefinitionNode, type TypeNode } from 'graphql';
import type { Fault } from './fault.ts';
import type { SubgraphSource } from './subgraph-sources.ts';

/**
 * Fields that lead to another subgraph's records and may not be null. What lies behind such a field is fetched from a service that can be
 * down, or that may not know the record; a null that is not allowed would then take away everything around it.
 */
export function checkReferences({ file, document }: SubgraphSource): Fault[] {
  const types = document.definitions.filter((definition) => definition.kind === Kind.OBJECT_TYPE_DEFINITION);
  const strangers = new Set(types.filter(isReference).map(({ name }) => name.value));
  return types.flatMap(({ name, fields = [] }) =>
    fields
      .filter(({ type }) => demands(type, strangers))
      .map((field) => ({
        file,
        line: lineOf(field),
        message: `${name.value}.${field.name.value} leads to another subgraph but may not be null`,
        action: 'take away the "!" behind the type, and say in its description when it is null',
      })),
  );
}

/** Whether this subgraph has only the key of a type: `@key(fields: "id", resolvable: false)`. */
function isReference({ directives = [] }: ObjectTypeDefinitionNode): boolean {
  const keys = directives.filter(({ name }) => name.value === 'key');
  return keys.length > 0 && keys.every(isUnresolvable);
}

function isUnresolvable(directive: ConstDirectiveNode): boolean {
  return directive.arguments?.some(({ name, value }) => name.value === 'resolvable' && value.kind === Kind.BOOLEAN && !value.value) ?? false;
}

function demands(type: TypeNode, strangers: ReadonlySet<string>): boolean {
  if (type.kind === Kind.NAMED_TYPE) return false;
  if (type.kind === Kind.LIST_TYPE) return demands(type.type, strangers);
  return type.type.kind === Kind.NAMED_TYPE ? strangers.has(type.type.name.value) : demands(type.type, strangers);
}

function lineOf({ name }: FieldDefinitionNode): number | undefined {
  return name.loc?.startToken.line;
}
