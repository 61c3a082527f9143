/** Reads the directives with which a supergraph says what is of which service (the `join` specification); and leaves out of it what planning is refused for. */
import {
  type ConstDirectiveNode,
  type DirectiveNode,
  type DocumentNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  isInterfaceType,
  Kind,
  parse,
  type SelectionNode,
  visit,
} from 'graphql';

/** A text, name or number that a directive has for an argument. */
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
  const directives = type?.astNode?.directives?.filter(({ name }) => name.value === 'join__type') ?? [];
  return directives.some((each) => graphOf(each) === graph && argumentOf(each, 'key') !== undefined && flagOf(each, 'resolvable') !== false);
}

/** What a set of fields selects, as keys and requirements are written. */
export function fieldSet(text: string): readonly SelectionNode[] {
  const [operation] = parse(`{ ${text} }`, { noLocation: true }).definitions;
  return operation?.kind === Kind.OPERATION_DEFINITION ? operation.selectionSet.selections : [];
}

/** The names in what each service has for keys, required and provided fields. */
export function wordsByGraph(document: DocumentNode): Map<string, Set<string>> {
  const words = new Map<string, Set<string>>();
  visit(document, {
    Directive: {
      enter: (directive) => {
        for (const name of ['key', 'requires', 'provides']) {
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
  const implemented = schema.getType(type)?.astNode?.directives?.filter(({ name }) => name.value === 'join__implements') ?? [];
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
  const used = wordsByGraph(document);
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
