import {
  type ConstArgumentNode,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  Kind,
  type ObjectTypeDefinitionNode,
  visit,
} from 'graphql';
import { argumentOf, directivesOf, graphOf, hasKey, isExternal, isOfInterface, nameOf, schemaOf, serviceNames, withoutUnused, wordsByGraph } from '../join.ts';
import { placeFields, type RequiringField, requiringFields } from './requiring-fields.ts';
import { unusedMark } from './unused-mark.ts';

/** A supergraph in which each service is one that can be told all at once that its fields require. */
export interface SeparatedServices {
  readonly document: DocumentNode;
  /** The service that a plan means: several of its may be parts of one. */
  serviceOf(name: string): string;
}

/**
 * Gives some fields of a service a service of their own, which is asked apart from it. There are two kinds that Apollo's planner would ask for with others, and be
 * answered wrongly:
 *
 * - A link of a chain: a field that requires one that requires another's, or is required so (and stands for the field that clients ask for, see
 *   {@link separateRequiredFields}). Where the object comes from its service, the planner takes for known what it has yet to be told.
 * - Two fields that require the same field with different arguments. What a service is told of an object has room for one of the values.
 *
 * @param nameInRepresentation what a service calls a field that it is told, see {@link separateRequiredFields}
 */
export function separateServices(document: DocumentNode, nameInRepresentation: (name: string) => string): SeparatedServices {
  const schema = schemaOf(document);
  const parts = placeFields(requiringFields(document, schema, nameInRepresentation));
  const counts = new Map<string, number>();
  for (const [{ graph }, part] of parts) counts.set(graph, Math.max(part, counts.get(graph) ?? 0));
  for (const [graph, count] of counts) if (count === 0) counts.delete(graph);
  if (counts.size === 0) return { document, serviceOf: (name) => name };
  const work = { schema, counts, keyWords: wordsByGraph(document, ['key']), partOf: indexed(parts), mark: markIn(schema) };
  const services = new Map<string, string>();
  const divided = divide(document, work, services);
  return { document: withoutUnused(divided, schemaOf(divided), () => true), serviceOf: (name) => services.get(name) ?? name };
}

interface Dividing {
  readonly schema: GraphQLSchema;
  /** How many parts are made of a service, besides what remains of it. */
  readonly counts: ReadonlyMap<string, number>;
  /** The names in keys of each service. */
  readonly keyWords: ReadonlyMap<string, ReadonlySet<string>>;
  /** By {@link placeOf}. */
  readonly partOf: ReadonlyMap<string, number>;
  /** Stands between the name of a service and the number of a part. */
  readonly mark: string;
}

/** No service has it in its name, and no field of the root. */
function markIn(schema: GraphQLSchema): string {
  return unusedMark('__', [...[...serviceNames(schema)].flat(), ...Object.keys(schema.getQueryType()?.getFields() ?? {})]);
}

function placeOf(type: string, field: string, graph: string): string {
  return `${graph} ${type}.${field}`;
}

function indexed(parts: ReadonlyMap<RequiringField, number>): Map<string, number> {
  return new Map([...parts].map(([{ type, field, graph }, part]) => [placeOf(type, field, graph), part]));
}

/** The supergraph with the parts beside their services; `services` grows by what their names mean. */
function divide(document: DocumentNode, work: Dividing, services: Map<string, string>): DocumentNode {
  const twice = (directives: readonly ConstDirectiveNode[] = []) =>
    directives.flatMap((directive) => [directive, ...partsOf(graphOf(directive), work).map((graph) => of(directive, graph))]);
  const definition = {
    leave: <T extends { readonly directives?: readonly ConstDirectiveNode[] | undefined }>(node: T): T => ({ ...node, directives: twice(node.directives) }),
  };
  return visit(document, {
    ObjectTypeDefinition: {
      leave: (node) => ({ ...node, directives: twice(node.directives), fields: [...(node.fields ?? []), ...rootOfParts(node, work)] }),
    },
    InterfaceTypeDefinition: definition,
    UnionTypeDefinition: definition,
    ScalarTypeDefinition: definition,
    InputObjectTypeDefinition: definition,
    EnumValueDefinition: definition,
    InputValueDefinition: definition,
    EnumTypeDefinition: {
      leave: (node) => {
        if (node.name.value !== 'join__Graph') return { ...node, directives: twice(node.directives) };
        const values = node.values?.flatMap((value) => {
          const [graph] = directivesOf(value, 'join__graph');
          const service = (graph && argumentOf(graph, 'name')) ?? '';
          const parts = partsOf(value.name.value, work).map((name, index) => {
            const part = `${service}${work.mark}${index + 1}`;
            services.set(part, service);
            return { ...value, name: { kind: Kind.NAME as const, value: name }, directives: graph ? [named(graph, part)] : [] };
          });
          return [value, ...parts];
        });
        return { ...node, values };
      },
    },
    FieldDefinition: {
      leave: (node, _key, _parent, _path, ancestors) => ({ ...node, directives: divideField(node, nameOf(ancestors.at(-1)), work) }),
    },
  });
}

function divideField({ name, directives = [] }: FieldDefinitionNode, type: string, work: Dividing): ConstDirectiveNode[] {
  const field = name.value;
  return withPlaces(directives, work.schema.getType(type)).flatMap((directive) => {
    const graph = graphOf(directive);
    if (directive.name.value !== 'join__field') return directive;
    const places = [graph, ...partsOf(graph, work)];
    const part = work.partOf.get(placeOf(type, field, graph)) ?? 0;
    if (part === 0 && isOfParts(directive, { type, field, graph }, work)) return places.map((place) => of(directive, place));
    const own = of(directive, places[part] ?? graph);
    if (!isOfInterface(work.schema, type, field, graph)) return own;
    // The types of an interface have its fields everywhere; external ones are looked for where they are not.
    return [own, ...places.flatMap((place, index) => (index === part ? [] : external(own, place)))];
  });
}

/** A field of which nothing is said is of all services that have the type: of these, and not of their parts. */
function withPlaces(directives: readonly ConstDirectiveNode[], owner: GraphQLNamedType | undefined): readonly ConstDirectiveNode[] {
  if (directives.some((directive) => directive.name.value === 'join__field')) return directives;
  const graphs = new Set(directivesOf(owner?.astNode, 'join__type').map(graphOf));
  return [...directives, ...[...graphs].map(ofGraph)];
}

/** Says that a service has a field. */
function ofGraph(graph: string): ConstDirectiveNode {
  const argument: ConstArgumentNode = { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: 'graph' }, value: { kind: Kind.ENUM, value: graph } };
  return { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: 'join__field' }, arguments: [argument] };
}

/** Whether the parts of a service have a field as well: what an object is known by or told, and all of what has no key to come back for. */
function isOfParts(
  directive: ConstDirectiveNode,
  { type, field, graph }: Pick<RequiringField, 'type' | 'field' | 'graph'>,
  { schema, keyWords }: Dividing,
): boolean {
  const owner = schema.getType(type);
  if (owner === schema.getQueryType() || owner === schema.getMutationType()) return false;
  return isExternal(directive) || keyWords.get(graph)?.has(field) === true || !hasKey(owner, graph);
}

/**
 * What makes a root of the parts: a field that nobody asks for. Where a value of theirs leads to the root of the graph, the planner goes on from there to the
 * services that have the root's fields.
 */
function rootOfParts({ name }: ObjectTypeDefinitionNode, work: Dividing): FieldDefinitionNode[] {
  const root = work.schema.getQueryType();
  if (name.value !== root?.name) return [];
  const parts = directivesOf(root.astNode, 'join__type').flatMap((directive) => partsOf(graphOf(directive), work));
  const type = { kind: Kind.NAMED_TYPE as const, name: { kind: Kind.NAME as const, value: 'Boolean' } };
  return [{ kind: Kind.FIELD_DEFINITION, name: { kind: Kind.NAME, value: `part${work.mark}` }, type, directives: parts.map(ofGraph) }];
}

function partsOf(graph: string, { counts, mark }: Dividing): string[] {
  return Array.from({ length: counts.get(graph) ?? 0 }, (_, index) => `${graph}${mark}${index + 1}`);
}

/** The same of another service. */
function of(directive: ConstDirectiveNode, graph: string): ConstDirectiveNode {
  return {
    ...directive,
    arguments:
      directive.arguments?.map((argument) => (argument.name.value === 'graph' ? { ...argument, value: { kind: Kind.ENUM, value: graph } } : argument)) ?? [],
  };
}

/** A field that is another service's. */
function external(directive: ConstDirectiveNode, graph: string): ConstDirectiveNode {
  const kept = of(directive, graph).arguments?.filter(({ name }) => ['graph', 'type'].includes(name.value)) ?? [];
  return {
    ...directive,
    arguments: [...kept, { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: 'external' }, value: { kind: Kind.BOOLEAN, value: true } }],
  };
}

function named(directive: ConstDirectiveNode, name: string): ConstDirectiveNode {
  return {
    ...directive,
    arguments:
      directive.arguments?.map((argument) => (argument.name.value === 'name' ? { ...argument, value: { kind: Kind.STRING, value: name } } : argument)) ?? [],
  };
}
