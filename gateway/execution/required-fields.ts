import {
  type DirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type FieldNode,
  getNamedType,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  Kind,
  parse,
  print,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { argumentOf, directivesOf, nameOf, readFieldSet, schemaOf, withoutUnused } from '../join.ts';
import { withImplementations } from './types.ts';
import { unusedMark } from './unused-mark.ts';

/** A field as some `@requires` has it, with its arguments, under a name of its own. */
interface RequiredField {
  readonly name: string;
  readonly arguments: FieldNode['arguments'];
}

/** A supergraph in which `@requires` has no arguments any more and names no field that requires others, and what its plans mean by the fields that took their place. */
export interface SeparatedFields {
  readonly document: DocumentNode;
  /** A subgraph's operation, as the subgraph knows it: `price_required_0` is `price_required_0: price(factor: 2)`. */
  rewriteOperation(operation: string): string;
  /** What the subgraph that requires a field calls it. */
  nameInRepresentation(name: string): string;
}

/**
 * Gives two kinds of fields that `@requires` asks for a field of their own for that:
 *
 * - With arguments. Apollo's planner takes one field for the same whatever its arguments: of two subgraphs that require `price(factor: 2)` and
 *   `price(factor: 3)`, one would be told the other's price.
 * - Those that require others themselves. Where a service that says such a field also has the object, the planner asks for it without telling what it requires.
 */
export function separateRequiredFields(document: DocumentNode): SeparatedFields {
  const schema = schemaOf(document);
  const required = new Map<string, RequiredField>();
  /** By type: the fields to add, and which one each is like. */
  const added = new Map<string, Map<string, string>>();
  const mark = markIn(schema);
  const rewritten = visit(document, {
    FieldDefinition: {
      leave: (node, _key, _parent, _path, ancestors) => {
        const type = nameOf(ancestors.at(-1));
        const directives = node.directives?.map((directive) => separated(directive, type, { schema, required, added, mark }));
        return { ...node, directives };
      },
    },
  });
  if (required.size === 0) return { document, rewriteOperation: (operation) => operation, nameInRepresentation: (name) => name };
  const isConcerned = (type: string, field: string) => {
    const fields = added.get(type);
    return fields !== undefined && (fields.has(field) || [...fields.values()].includes(field));
  };
  return {
    document: withoutUnused(withFields(rewritten, added), schema, isConcerned),
    rewriteOperation: (operation) => (operation.includes(mark) ? rewrite(operation, required) : operation),
    nameInRepresentation: (name) => required.get(name)?.name ?? name,
  };
}

interface Work {
  readonly schema: GraphQLSchema;
  readonly required: Map<string, RequiredField>;
  readonly added: Map<string, Map<string, string>>;
  /** Stands between the name of a field and a number. */
  readonly mark: string;
}

/** No field has it in its name. */
function markIn(schema: GraphQLSchema): string {
  const types = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) || isInterfaceType(type));
  return unusedMark(
    '_required_',
    types.flatMap((type) => Object.keys(type.getFields())),
  );
}

/** The directive with the fields' own names in what it requires. */
function separated(directive: DirectiveNode, type: string, work: Work): DirectiveNode {
  if (directive.name.value !== 'join__field') return directive;
  return {
    ...directive,
    arguments:
      directive.arguments?.map((argument) => {
        if (argument.name.value !== 'requires' || argument.value.kind !== Kind.STRING) return argument;
        const text = print(named(readFieldSet(argument.value.value), type, work))
          .replaceAll(/\s+/g, ' ')
          .slice(1, -1)
          .trim();
        return { ...argument, value: { ...argument.value, value: text } };
      }) ?? [],
  };
}

function named({ selections }: SelectionSetNode, type: string, work: Work): SelectionSetNode {
  return {
    kind: Kind.SELECTION_SET,
    selections: selections.map((selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return selection;
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        return { ...selection, selectionSet: named(selection.selectionSet, selection.typeCondition?.name.value ?? type, work) };
      }
      const { selectionSet, arguments: given, ...rest } = selection;
      const inner = typeOf(work.schema, type, selection.name.value);
      const apart = given?.length || requiresOthers(type, selection.name.value, work.schema);
      const name = apart ? nameFor(type, selection, work) : selection.name.value;
      return {
        ...rest,
        name: { kind: Kind.NAME, value: name },
        ...(selectionSet && inner ? { selectionSet: named(selectionSet, inner, work) } : {}),
      };
    }),
  };
}

/** Whether the field is one for which some service requires other fields, of the type or of one of those that it stands for. */
function requiresOthers(type: string, field: string, schema: GraphQLSchema): boolean {
  return withImplementations(schema.getType(type), schema).some((owner) =>
    directivesOf(owner.getFields()[field]?.astNode, 'join__field').some((directive) => argumentOf(directive, 'requires') !== undefined),
  );
}

function nameFor(type: string, field: FieldNode, { schema, required, added, mark }: Work): string {
  const name = `${field.name.value}${mark}${numberOf(field, required)}`;
  if (!required.has(name)) required.set(name, { name: field.name.value, arguments: field.arguments });
  for (const each of withImplementations(schema.getType(type), schema)) {
    const fields = added.get(each.name) ?? new Map<string, string>();
    added.set(each.name, fields.set(name, field.name.value));
  }
  return name;
}

/** The number of a field with these arguments: the same wherever they are the same. */
function numberOf(field: FieldNode, required: ReadonlyMap<string, RequiredField>): number {
  const text = (given: FieldNode['arguments']) => JSON.stringify((given ?? []).map(print).sort());
  const known = [...required.values()];
  const found = known.findIndex((other) => other.name === field.name.value && text(other.arguments) === text(field.arguments));
  return found < 0 ? known.length : found;
}

function withFields(document: DocumentNode, added: Work['added']): DocumentNode {
  return visit(document, {
    ObjectTypeDefinition: { leave: (node) => ({ ...node, fields: [...(node.fields ?? []), ...fieldsFor(node, added)] }) },
    InterfaceTypeDefinition: { leave: (node) => ({ ...node, fields: [...(node.fields ?? []), ...fieldsFor(node, added)] }) },
  });
}

function fieldsFor({ name, fields = [] }: { name: { value: string }; fields?: readonly FieldDefinitionNode[] }, added: Work['added']): FieldDefinitionNode[] {
  return [...(added.get(name.value) ?? [])].flatMap(([made, like]) => {
    const model = fields.find((field) => field.name.value === like);
    return model ? { ...model, name: { kind: Kind.NAME, value: made }, arguments: [] } : [];
  });
}

function rewrite(operation: string, required: ReadonlyMap<string, RequiredField>): string {
  return print(
    visit(parse(operation, { noLocation: true }), {
      Field: {
        enter: (node) => {
          const field = required.get(node.name.value);
          if (field === undefined) return undefined;
          return { ...node, alias: node.alias ?? node.name, name: { kind: Kind.NAME, value: field.name }, arguments: field.arguments };
        },
      },
    }),
  );
}

function typeOf(schema: GraphQLSchema, type: string, field: string): string | undefined {
  const owner = schema.getType(type);
  const definition = isObjectType(owner) || isInterfaceType(owner) ? owner.getFields()[field] : undefined;
  return definition && getNamedType(definition.type).name;
}
