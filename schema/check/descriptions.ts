import {
  type DefinitionNode,
  type EnumValueDefinitionNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  isTypeDefinitionNode,
  isTypeExtensionNode,
  Kind,
  type StringValueNode,
} from 'graphql';
import type { Fault } from './fault.ts';
import type { SubgraphSource } from './subgraph-sources.ts';

/** A part of a schema that can be described. */
interface Described {
  /** As a person calls it: `Query.call(id:)`. */
  readonly coordinate: string;
  readonly node: { readonly description?: StringValueNode | undefined; readonly loc?: { readonly startToken: { readonly line: number } } | undefined };
}

/** Types, fields, arguments, enum values and input fields without a description. */
export function checkDescriptions({ file, document }: SubgraphSource): Fault[] {
  return document.definitions
    .flatMap(listParts)
    .filter(({ node }) => !node.description?.value.trim())
    .map(({ coordinate, node }) => ({
      file,
      line: node.loc?.startToken.line,
      message: `${coordinate} has no description`,
      action: 'say above it, in """, what it is, its unit and what null means',
    }));
}

function listParts(definition: DefinitionNode): Described[] {
  if (definition.kind === Kind.DIRECTIVE_DEFINITION) {
    const coordinate = `@${definition.name.value}`;
    return [{ coordinate, node: definition }, ...listArguments(coordinate, definition.arguments)];
  }
  if (!isTypeDefinitionNode(definition) && !isTypeExtensionNode(definition)) return [];
  const type = definition.name.value;
  // What extends a type cannot be described itself.
  const itself = isTypeDefinitionNode(definition) ? [{ coordinate: type, node: definition }] : [];
  switch (definition.kind) {
    case Kind.ENUM_TYPE_DEFINITION:
    case Kind.ENUM_TYPE_EXTENSION:
      return [...itself, ...listMembers(type, definition.values)];
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.OBJECT_TYPE_EXTENSION:
    case Kind.INTERFACE_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_EXTENSION:
    case Kind.INPUT_OBJECT_TYPE_DEFINITION:
    case Kind.INPUT_OBJECT_TYPE_EXTENSION:
      return [...itself, ...listMembers(type, definition.fields)];
    default:
      return itself;
  }
}

function listMembers(type: string, members: readonly (EnumValueDefinitionNode | FieldDefinitionNode | InputValueDefinitionNode)[] = []): Described[] {
  return members.flatMap((node) => {
    const coordinate = `${type}.${node.name.value}`;
    return [{ coordinate, node }, ...(node.kind === Kind.FIELD_DEFINITION ? listArguments(coordinate, node.arguments) : [])];
  });
}

function listArguments(owner: string, given: readonly InputValueDefinitionNode[] = []): Described[] {
  return given.map((node) => ({ coordinate: `${owner}(${node.name.value}:)`, node }));
}
