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
import { hasVariables, perOperation } from '../per-operation.ts';
import { fragmentsOf } from '../fragments.ts';

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

/** The cost of a selection set as far as it can be told without variables, and the parts of it that they decide. */
interface Estimate {
  readonly known: Cost;
  readonly open: readonly Part[];
}

/** A part of a selection set: the cost of what is selected below it, and what it makes of that. */
interface Part {
  readonly below: Estimate;
  /** How many records or entries it has. */
  readonly size: Size;
  readonly of: (below: Cost, size: number) => Cost;
}

type Size = number | ((values: Variables) => number);

const NOTHING: Estimate = { known: { once: 0, perRecord: 0 }, open: [] };

/**
 * An upper bound of the fields that an operation's answer can have, roughly: every field is one, a list's fields are as many times as the
 * list has entries, and a record of a page costs a few more. What variables do not decide is worked out once. A valid document takes time that
 * grows with its text alone, as every fragment is worked out once. Directives `@skip` and `@include` are not looked at.
 * @param variables as the client sent them
 */
export function costOf(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: Variables): number {
  const { estimate, defaults } = estimateOf(operation, document, schema);
  return evaluate(estimate, { ...defaults, ...variables }, new Map()).once;
}

/** What an operation costs, and the values that its variables have where the client sends none. */
const estimateOf = perOperation((operation, document: DocumentNode, schema: GraphQLSchema): { estimate: Estimate; defaults: Variables } => {
  const fragments = fragmentsOf(document.definitions);
  const estimated = new Map<string, Estimate>();

  const ofSelections = ({ selections }: SelectionSetNode, typeName: string): Estimate =>
    sum(
      selections.map((selection) => {
        if (selection.kind === Kind.FIELD) return ofField(selection, typeName);
        if (selection.kind === Kind.FRAGMENT_SPREAD) return asItIs(ofFragment(selection.name.value));
        return asItIs(ofSelections(selection.selectionSet, selection.typeCondition?.name.value ?? typeName));
      }),
    );

  const ofFragment = (name: string): Estimate => {
    const fragment = fragments.get(name);
    const estimate = estimated.get(name) ?? (fragment === undefined ? NOTHING : ofSelections(fragment.selectionSet, fragment.typeCondition.name.value));
    estimated.set(name, estimate);
    return estimate;
  };

  const ofField = (field: FieldNode, typeName: string): Part => {
    const name = field.name.value;
    const type = typeOf(schema, typeName, name);
    if (type === undefined || field.selectionSet === undefined) return { below: NOTHING, size: 0, of: list };
    const below = ofSelections(field.selectionSet, getNamedType(type).name);
    if (isConnection(typeName) && (name === 'nodes' || name === 'edges')) return { below, size: 1, of: records };
    if (isConnection(getNamedType(type).name)) return { below, size: sizeOf(field, pageSize), of: connection };
    if (typeName === 'Query' && name === 'statistics') return { below, size: sizeOf(field, cellsOf), of: list };
    return { below, size: isList(type) ? (LONG_LISTS[`${typeName}.${name}`] ?? LIST) : 1, of: list };
  };

  const root = schema.getRootType(operation.operation)?.name;
  return { estimate: root === undefined ? NOTHING : ofSelections(operation.selectionSet, root), defaults: readDefaults(operation) };
});

/** Parts without variables are added up here and now. */
function sum(parts: readonly Part[]): Estimate {
  let [once, perRecord] = [0, 0];
  const open: Part[] = [];
  for (const part of parts) {
    if (typeof part.size === 'function' || part.below.open.length > 0) open.push(part);
    else {
      const cost = part.of(part.below.known, part.size);
      once += cost.once;
      perRecord += cost.perRecord;
    }
  }
  return { known: { once, perRecord }, open };
}

/** @param done what was worked out with these values already: a fragment may be spread often */
function evaluate(estimate: Estimate, values: Variables, done: Map<Estimate, Cost>): Cost {
  const found = estimate.open.length === 0 ? estimate.known : done.get(estimate);
  if (found !== undefined) return found;
  let { once, perRecord } = estimate.known;
  for (const { below, size, of } of estimate.open) {
    const cost = of(evaluate(below, values, done), typeof size === 'function' ? size(values) : size);
    once += cost.once;
    perRecord += cost.perRecord;
  }
  done.set(estimate, { once, perRecord });
  return { once, perRecord };
}

function asItIs(below: Estimate): Part {
  return { below, size: 1, of: (cost) => cost };
}

/** A field with what it has below it as many times as it has entries. */
function list({ once, perRecord }: Cost, size: number): Cost {
  return { once: 1 + size * (once + perRecord), perRecord: 0 };
}

/** The records of a page, before it is known how long that is. */
function records(below: Cost, size: number): Cost {
  return { once: 0, perRecord: list(below, size).once + ROW };
}

/** A page with so many records. */
function connection({ once, perRecord }: Cost, size: number): Cost {
  return { once: 1 + once + size * perRecord, perRecord: 0 };
}

/** At once where no variable is among the arguments. */
function sizeOf(field: FieldNode, read: (field: FieldNode, values: Variables) => number): Size {
  return field.arguments?.some(({ value }) => hasVariables(value)) ? (values) => read(field, values) : read(field, {});
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

/** Every variable's, so that none is looked for in the prototype of objects. */
function readDefaults({ variableDefinitions = [] }: OperationDefinitionNode): Variables {
  return Object.fromEntries(variableDefinitions.map(({ variable, defaultValue }) => [variable.name.value, defaultValue && valueFromASTUntyped(defaultValue)]));
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
