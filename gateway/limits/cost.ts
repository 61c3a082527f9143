import {
  type FieldNode,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  valueFromASTUntyped,
  type DocumentNode,
} from 'graphql';
import { fragmentsOf } from './shape.ts';

type Variables = Readonly<Record<string, unknown>>;

/** Records on a page where neither `first` nor `last` says it; as the subgraphs have it. */
const PAGE = 50;
/** Entries of a list without arguments that nothing more is known of: code lists, events, members. */
const LIST = 10;
/** What a record of a page costs besides its fields: a row is read for it, where a cell of figures is part of one that is kept. */
const ROW = 4;
/** Lists that are longer, by their fields. */
const LONG_LISTS: Readonly<Record<string, number>> = { 'Query.provinces': 100, 'Query.agencies': 50 };
/** The subgraphs refuse statistics with more. */
const MOST_CELLS = 10_000;
/** Days of an interval, rounded down, for the most parts that a period can have. */
const DAYS: Readonly<Record<string, number>> = { DAY: 1, WEEK: 7, MONTH: 28, QUARTER: 90, YEAR: 365 };
const DIMENSIONS: Readonly<Record<string, number>> = { PROVINCE: 65, AGENCY: 10 };

/** What a selection set costs: so much whatever the page's size, and so much for each record of the page that it is selected on. */
interface Cost {
  readonly once: number;
  readonly perRecord: number;
}

/**
 * An upper bound of the fields that an operation's answer can have, roughly: every field is one, a list's fields are as many times as the
 * list has entries, and a record of a page costs a few more. A valid document takes time that grows with its text alone, as every fragment is worked out once. Directives `@skip`
 * and `@include` are not looked at.
 * @param variables as the client sent them
 */
export function costOf(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: Variables): number {
  const fragments = fragmentsOf(document.definitions);
  const known = new Map<string, Cost>();
  const values = withDefaults(operation, variables);

  const ofSelections = ({ selections }: SelectionSetNode, typeName: string): Cost => {
    let [once, perRecord] = [0, 0];
    for (const selection of selections) {
      const cost =
        selection.kind === Kind.FIELD
          ? ofField(selection, typeName)
          : selection.kind === Kind.FRAGMENT_SPREAD
            ? ofFragment(selection.name.value)
            : ofSelections(selection.selectionSet, selection.typeCondition?.name.value ?? typeName);
      once += cost.once;
      perRecord += cost.perRecord;
    }
    return { once, perRecord };
  };

  const ofFragment = (name: string): Cost => {
    const fragment = fragments.get(name);
    const cost =
      known.get(name) ?? (fragment === undefined ? { once: 0, perRecord: 0 } : ofSelections(fragment.selectionSet, fragment.typeCondition.name.value));
    known.set(name, cost);
    return cost;
  };

  const ofField = (field: FieldNode, typeName: string): Cost => {
    const name = field.name.value;
    const type = typeOf(schema, typeName, name);
    if (type === undefined || field.selectionSet === undefined) return { once: 1, perRecord: 0 };
    const below = ofSelections(field.selectionSet, getNamedType(type).name);
    const total = (size: number) => 1 + size * (below.once + below.perRecord);
    if (isConnection(typeName) && (name === 'nodes' || name === 'edges')) return { once: 0, perRecord: total(1) + ROW };
    if (isConnection(getNamedType(type).name)) return { once: 1 + below.once + pageSize(field, values) * below.perRecord, perRecord: 0 };
    if (typeName === 'Query' && name === 'statistics') return { once: total(cellsOf(field, values)), perRecord: 0 };
    return { once: total(isList(type) ? (LONG_LISTS[`${typeName}.${name}`] ?? LIST) : 1), perRecord: 0 };
  };

  const root = schema.getRootType(operation.operation)?.name;
  return root === undefined ? 0 : ofSelections(operation.selectionSet, root).once;
}

function typeOf(schema: GraphQLSchema, typeName: string, field: string): GraphQLOutputType | undefined {
  if (field === SchemaMetaFieldDef.name) return SchemaMetaFieldDef.type;
  if (field === TypeMetaFieldDef.name) return TypeMetaFieldDef.type;
  const type = schema.getType(typeName);
  if (!isCompositeType(type) || !(isObjectType(type) || isInterfaceType(type))) return undefined;
  return type.getFields()[field]?.type;
}

function isConnection(typeName: string): boolean {
  return typeName.endsWith('Connection');
}

function isList(type: GraphQLOutputType): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}

/** The values of variables, those of defaults included. */
function withDefaults({ variableDefinitions = [] }: OperationDefinitionNode, variables: Variables): Variables {
  return Object.fromEntries(
    variableDefinitions.map(({ variable: { name }, defaultValue }) => [
      name.value,
      Object.hasOwn(variables, name.value) ? variables[name.value] : defaultValue && valueFromASTUntyped(defaultValue),
    ]),
  );
}

function argument(field: FieldNode, name: string, values: Variables): unknown {
  const node = field.arguments?.find((given) => given.name.value === name)?.value;
  return node && valueFromASTUntyped(node, values);
}

function pageSize(field: FieldNode, values: Variables): number {
  const size = argument(field, 'first', values) ?? argument(field, 'last', values) ?? PAGE;
  // What is no such number is refused later on, by its type or by the subgraph.
  return typeof size === 'number' && size >= 0 ? size : PAGE;
}

/** The most cells that the statistics asked for can have; where that cannot be told, the most that they may have. */
function cellsOf(field: FieldNode, values: Variables): number {
  const interval = argument(field, 'interval', values) ?? null;
  const by = argument(field, 'by', values) ?? [];
  const days = interval === null ? 1 : daysOf(argument(field, 'period', values));
  const parts = interval === null ? 1 : Math.ceil(days / (DAYS[String(interval)] ?? 1)) + 1;
  const places = [by].flat().reduce((product: number, dimension) => product * (DIMENSIONS[String(dimension)] ?? 1), 1);
  const cells = parts * places;
  return Math.min(cells, MOST_CELLS);
}

function daysOf(period: unknown): number {
  if (typeof period !== 'object' || period === null) return Number.POSITIVE_INFINITY;
  const { from, to } = period as Record<string, unknown>;
  const days = (Date.parse(String(to)) - Date.parse(String(from))) / 86_400_000 + 1;
  return Number.isNaN(days) ? Number.POSITIVE_INFINITY : Math.max(1, days);
}
