/** Reads the directives with which a supergraph says what is of which service (the `join` specification); and leaves out of it what planning is refused for. */
import {
  buildASTSchema,
  type ConstDirectiveNode,
  type DirectiveNode,
  type DocumentNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInterfaceType,
  Kind,
  parse,
  type SelectionSetNode,
  visit,
} from 'graphql';

/** The types of a supergraph, with those of the specification; its text is composition's, and taken for valid. */
export function schemaOf(document: DocumentNode): GraphQLSchema {
  return buildASTSchema(document, { assumeValid: true, assumeValidSDL: true });
}

/** The directives of a name that a definition has. */
export function directivesOf(
  definition: { readonly directives?: readonly ConstDirectiveNode[] | undefined } | null | undefined,
  name: string,
): readonly ConstDirectiveNode[] {
  return definition?.directives?.filter((directive) => directive.name.value === name) ?? [];
}

/** A text or name that a directive has for an argument. */
export function argumentOf({ arguments: given = [] }: DirectiveNode | ConstDirectiveNode, name: string): string | undefined {
  const value = given.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : undefined;
}

/** Whether a directive has `true` or `false` for an argument; `undefined` where it has neither. */
function flagOf({ arguments: given = [] }: DirectiveNode | ConstDirectiveNode, name: string): boolean | undefined {
  const value = given.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.BOOLEAN ? value.value : undefined;
}

/** The service that a directive speaks of, by its name in `join__Graph`; empty for none. */
export function graphOf(directive: DirectiveNode | ConstDirectiveNode): string {
  return argumentOf(directive, 'graph') ?? '';
}

/** Whether it says that a field is another service's, of which this one is told. */
export function isExternal(directive: DirectiveNode): boolean {
  return directive.name.value === 'join__field' && flagOf(directive, 'external') === true;
}

/** Whether the service finds an object of the type by a key. */
export function hasKey(type: GraphQLNamedType | undefined, graph: string): boolean {
  const directives = directivesOf(type?.astNode, 'join__type');
  return directives.some((each) => graphOf(each) === graph && argumentOf(each, 'key') !== undefined && flagOf(each, 'resolvable') !== false);
}

/** Whether the service knows the type as an object, where the graph has an interface (`@interfaceObject`). */
export function isInterfaceObject(type: GraphQLNamedType | undefined, graph: string): boolean {
  return directivesOf(type?.astNode, 'join__type').some((each) => graphOf(each) === graph && flagOf(each, 'isInterfaceObject') === true);
}

/** What a set of fields selects, as keys and requirements are written. */
export function readFieldSet(text: string): SelectionSetNode {
  const [operation] = parse(`{ ${text} }`, { noLocation: true }).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`expected fields, got ${JSON.stringify(text)}`);
  return operation.selectionSet;
}

/** The services' names, by those that they have in the directives: from `enum join__Graph { CALLS @join__graph(name: "calls", …) … }`. */
export function serviceNames(schema: GraphQLSchema): Map<string, string> {
  const graphs = schema.getType('join__Graph');
  const values = isEnumType(graphs) ? graphs.getValues() : [];
  return new Map(values.flatMap(({ name, astNode }) => directivesOf(astNode, 'join__graph').map((directive) => [name, argumentOf(directive, 'name') ?? name])));
}

/** The names in what each service has for sets of fields: keys, required and provided ones, or some of these. */
export function wordsByGraph(document: DocumentNode, sets: readonly ('key' | 'requires' | 'provides')[]): Map<string, Set<string>> {
  const words = new Map<string, Set<string>>();
  visit(document, {
    Directive: {
      enter: (directive) => {
        for (const name of sets) {
          const own = words.get(graphOf(directive)) ?? new Set<string>();
          for (const word of argumentOf(directive, name)?.match(/\w+/g) ?? []) own.add(word);
          words.set(graphOf(directive), own);
        }
      },
    },
  });
  return words;
}

/** Whether an interface that the service says the type implements (`@join__implements`) has the field. */
export function isOfInterface(schema: GraphQLSchema, type: string, field: string, graph: string): boolean {
  const implemented = directivesOf(schema.getType(type)?.astNode, 'join__implements');
  return implemented.some((directive) => {
    const owner = schema.getType(argumentOf(directive, 'interface') ?? '');
    return graphOf(directive) === graph && isInterfaceType(owner) && field in owner.getFields();
  });
}

/**
 * Planning is refused what a service calls another's (`external`) and never uses.
 * @param concerns of which fields that is looked at
 */
export function withoutUnused(document: DocumentNode, schema: GraphQLSchema, concerns: (type: string, field: string, graph: string) => boolean): DocumentNode {
  const used = wordsByGraph(document, ['key', 'requires', 'provides']);
  return visit(document, {
    FieldDefinition: {
      leave: (node, _key, _parent, _path, ancestors) => {
        const type = nameOf(ancestors.at(-1));
        const field = node.name.value;
        const needed = (directive: DirectiveNode) => {
          const graph = graphOf(directive);
          return !isExternal(directive) || !concerns(type, field, graph) || used.get(graph)?.has(field) || isOfInterface(schema, type, field, graph);
        };
        return { ...node, directives: node.directives?.filter(needed) };
      },
    },
  });
}

/** The name of a definition; empty where there is none. */
export function nameOf(definition: unknown): string {
  const { name } = (definition ?? {}) as { readonly name?: { readonly value: string } };
  return name?.value ?? '';
}
