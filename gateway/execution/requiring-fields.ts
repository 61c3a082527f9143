/** Which fields of a supergraph require others, and which of them a service can be asked for at once. */
import {
  type DocumentNode,
  getNamedType,
  type GraphQLNamedType,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  Kind,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { argumentOf, graphOf, nameOf, readFieldSet } from '../join.ts';
import { withImplementations } from './types.ts';

/** A field that requires others', and where: `gross` of the type Good in the service TAXES. */
export interface RequiringField {
  readonly type: string;
  readonly field: string;
  readonly graph: string;
  /** What it requires, as `Type.field`, and the name under which the service is told each. */
  readonly required: ReadonlyMap<string, string>;
  /** Whether it has to stay where it is: which of two services has the field is decided for each request. */
  readonly labelled: boolean;
}

/** The fields that require others'. */
export function requiringFields(document: DocumentNode, schema: GraphQLSchema, nameInRepresentation: (name: string) => string): RequiringField[] {
  const found: RequiringField[] = [];
  visit(document, {
    FieldDefinition: {
      enter: ({ name, directives = [] }, _key, _parent, _path, ancestors) => {
        const type = nameOf(ancestors.at(-1));
        const owner = schema.getType(type);
        if (!(isObjectType(owner) || isInterfaceType(owner))) return;
        const labelled = directives.some((directive) => argumentOf(directive, 'overrideLabel') !== undefined);
        for (const directive of directives) {
          const requires = argumentOf(directive, 'requires');
          const graph = graphOf(directive);
          if (requires === undefined) continue;
          const required = new Map<string, string>();
          collectRequired(readFieldSet(requires), owner, { schema, nameInRepresentation, required });
          found.push({ type, field: name.value, graph, required, labelled });
        }
      },
    },
  });
  return found;
}

interface Collecting {
  readonly schema: GraphQLSchema;
  readonly nameInRepresentation: (name: string) => string;
  readonly required: Map<string, string>;
}

function collectRequired({ selections }: SelectionSetNode, type: GraphQLNamedType | undefined, work: Collecting): void {
  const { schema, nameInRepresentation, required } = work;
  for (const selection of selections) {
    if (selection.kind === Kind.FRAGMENT_SPREAD) continue;
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const condition = selection.typeCondition?.name.value;
      collectRequired(selection.selectionSet, condition === undefined ? type : schema.getType(condition), work);
      continue;
    }
    const name = selection.name.value;
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const each of withImplementations(type, schema)) required.set(`${each.name}.${name}`, nameInRepresentation(name));
    const field = type.getFields()[name];
    if (selection.selectionSet && field) collectRequired(selection.selectionSet, getNamedType(field.type), work);
  }
}

/**
 * In which part of its service each field is; part 0 is what remains of it. Links of chains are each in a part of their own: an object that comes with one of them would
 * otherwise be where another is.
 */
export function placeFields(fields: readonly RequiringField[]): Map<RequiringField, number> {
  const requiring = new Set(fields.map(coordinateOf));
  const required = new Set(fields.flatMap((field) => [...field.required.keys()]));
  const isLink = (field: RequiringField) => required.has(coordinateOf(field)) || [...field.required.keys()].some((other) => requiring.has(other));
  const placed = new Map<RequiringField, number>();
  for (const ofService of Map.groupBy(fields, ({ graph }) => graph).values()) {
    const parts: RequiringField[][] = [ofService.filter(({ labelled }) => labelled)];
    for (const field of ofService.filter(({ labelled }) => !labelled)) {
      const fitting = isLink(field) ? -1 : parts.findIndex((others) => !others.some((other) => isLink(other) || clash(field, other)));
      const part = fitting < 0 ? parts.push([]) - 1 : fitting;
      parts[part]?.push(field);
      placed.set(field, part);
    }
  }
  return placed;
}

function coordinateOf({ type, field }: RequiringField): string {
  return `${type}.${field}`;
}

/** Whether a service would be told two values for one field. */
function clash({ required: one }: RequiringField, { required: other }: RequiringField): boolean {
  const told = new Map([...one].map(([coordinate, name]) => [toldAs(coordinate, name), coordinate]));
  return [...other].some(([coordinate, name]) => (told.get(toldAs(coordinate, name)) ?? coordinate) !== coordinate);
}

function toldAs(coordinate: string, name: string): string {
  return `${coordinate.slice(0, coordinate.indexOf('.'))}.${name}`;
}
