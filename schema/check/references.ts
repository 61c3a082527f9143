import { type FieldDefinitionNode, Kind, type ObjectTypeDefinitionNode, type TypeNode } from 'graphql';
import type { Fault } from './fault.ts';
import type { SubgraphSource } from './subgraph-sources.ts';

/**
 * Fields that lead to another subgraph's records and may not be null. What lies behind such a field is fetched from a service that can be
 * down, or that may not know the record; a null that is not allowed would then take away everything around it. Another subgraph's are the
 * entities that this one adds to, or refers to, but gives no root field for.
 */
export function checkReferences({ file, document }: SubgraphSource): Fault[] {
  const types = document.definitions.filter((definition) => definition.kind === Kind.OBJECT_TYPE_DEFINITION);
  const roots = types.filter(({ name }) => name.value === 'Query').flatMap(({ fields = [] }) => fields);
  const own = new Set(roots.map(({ type }) => nameOf(type)));
  const strangers = new Set(types.filter((type) => isEntity(type) && !own.has(type.name.value)).map(({ name }) => name.value));
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

function isEntity({ directives = [] }: ObjectTypeDefinitionNode): boolean {
  return directives.some(({ name }) => name.value === 'key');
}

function nameOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type);
}

function demands(type: TypeNode, strangers: ReadonlySet<string>): boolean {
  if (type.kind === Kind.NAMED_TYPE) return false;
  if (type.kind === Kind.LIST_TYPE) return demands(type.type, strangers);
  return type.type.kind === Kind.NAMED_TYPE ? strangers.has(type.type.name.value) : demands(type.type, strangers);
}

function lineOf({ name }: FieldDefinitionNode): number | undefined {
  return name.loc?.startToken.line;
}
