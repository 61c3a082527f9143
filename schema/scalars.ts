import { GraphQLError, GraphQLScalarType, type GraphQLSchema, isScalarType, Kind, type ValueNode, valueFromASTUntyped } from 'graphql';
import { isDay } from './dates.ts';

/** `Date`: a day as `YYYY-MM-DD`. Days that do not exist are refused, by GraphQL's servers as BAD_USER_INPUT. */
export const DateScalar = new GraphQLScalarType<string, string>({
  name: 'Date',
  serialize: (value) => (value instanceof Date ? value.toISOString().slice(0, 10) : String(value)),
  parseValue: parseDay,
  parseLiteral: (node) => parseDay(textOf(node)),
});

/** `DateTime`: a moment, ISO 8601 with offset; answers are in UTC. */
export const DateTimeScalar = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  serialize: (value) => (value instanceof Date ? value : new Date(String(value))).toISOString(),
  parseValue: parseMoment,
  parseLiteral: (node) => parseMoment(textOf(node)),
});

/**
 * `Geography`: AS_RECORDED, or the id of a scheme of provinces such as VN34. A scalar, since schemes are data and not code: another
 * country's scheme is loaded from a CSV. May be written as a name (`geography: VN34`) or a string.
 */
export const GeographyScalar = new GraphQLScalarType<string, string>({
  name: 'Geography',
  serialize: String,
  parseValue: parseGeography,
  parseLiteral: (node) => parseGeography(node.kind === Kind.ENUM ? node.value : textOf(node)),
});

/**
 * Gives the graph's scalars their meaning in a composed schema, where composition leaves names only: a date that does not exist is then
 * refused as the client's mistake before anything is fetched, and not as a subgraph's complaint about the gateway.
 */
export function installScalars(schema: GraphQLSchema): void {
  for (const { name, parseValue, parseLiteral } of [DateScalar, DateTimeScalar, GeographyScalar]) {
    const type = schema.getType(name);
    if (isScalarType(type)) Object.assign(type, { parseValue, parseLiteral });
  }
}

function parseDay(value: unknown): string {
  if (typeof value === 'string' && isDay(value)) return value;
  throw new GraphQLError(`expected a day that exists, as YYYY-MM-DD, got ${JSON.stringify(value)}`);
}

function parseMoment(value: unknown): Date {
  if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(value)) {
    const moment = new Date(value);
    // At the calendar's edges the day may be one in Vietnam, or in UTC, that there is none of.
    const atTheEdge = value < '0001-01-02' || value > '9999-12-31';
    if (isDay(value.slice(0, 10)) && !Number.isNaN(moment.getTime()) && !atTheEdge) return moment;
  }
  throw new GraphQLError(`expected a moment as ISO 8601 with offset, such as 2021-03-05T08:30:00+07:00, got ${JSON.stringify(value)}`);
}

function parseGeography(value: unknown): string {
  if (typeof value === 'string' && /^\w{1,32}$/.test(value)) return value;
  throw new GraphQLError(`expected AS_RECORDED or the id of a scheme of provinces such as VN34, got ${JSON.stringify(value)}`);
}

/** The text of a literal; of one that is no text, what it would be as a variable, so that it is refused as that would be. */
function textOf(node: ValueNode): unknown {
  return node.kind === Kind.STRING ? node.value : valueFromASTUntyped(node);
}
