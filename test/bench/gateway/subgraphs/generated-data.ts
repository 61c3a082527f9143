/**
 * Records that are made up from a schema alone: the same object has the same values whichever subgraph is asked, because they are made from its
 * type and its id, and the same field leads to the same objects. Arguments change nothing.
 */
import { createHash } from 'node:crypto';
import {
  defaultFieldResolver,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  getNamedType,
  isEnumType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql';

/** Entries of a list: as many as a page has that somebody looks at, where it is one; elsewhere few. */
const LENGTHS: Readonly<Record<string, number>> = { 'Query.statistics': 12, 'ReferralCaseConnection.nodes': 20 };
const USUAL_LENGTH = 2;
/** Where the moments begin; they go on for a year. */
const FIRST_MOMENT = Date.UTC(2021, 0, 1);
const DAY_MS = 86_400_000;

/** The value of a field of a record that is made up; what the parent has, where it has it. */
export const generatedField: GraphQLFieldResolver<unknown, unknown> = (parent, given, context, info) => {
  const { fieldName, parentType, returnType } = info;
  if (isObject(parent) && fieldName in parent) return defaultFieldResolver(parent, given, context, info);
  const own = isObject(parent) ? String(parent['id'] ?? parent['made'] ?? '') : '';
  return valueFor(returnType, `${parentType.name}.${fieldName}`, `${own}/${fieldName}`);
};

function valueFor(type: GraphQLOutputType, place: string, seed: string): unknown {
  if (isNonNullType(type)) return valueFor(type.ofType, place, seed);
  if (isListType(type)) return Array.from({ length: LENGTHS[place] ?? USUAL_LENGTH }, (_, index) => valueFor(type.ofType, place, `${seed}/${index}`));
  const number = numberOf(`${getNamedType(type).name}:${seed}`);
  if (isEnumType(type)) return type.getValues()[number % type.getValues().length]?.value;
  if (isInterfaceType(type) || isUnionType(type)) return null;
  if (isObjectType(type)) return 'id' in type.getFields() ? { id: digest(seed) } : { made: seed };
  return scalarOf(type.name, number, seed);
}

function scalarOf(type: string, number: number, seed: string): unknown {
  const moment = new Date(FIRST_MOMENT + (number % 365) * DAY_MS).toISOString();
  switch (type) {
    case 'Int':
      return number % 10_000;
    case 'Float':
      return (number % 10_000) / 100;
    case 'Boolean':
      return number % 2 === 0;
    case 'Date':
      return moment.slice(0, 10);
    case 'DateTime':
      return moment;
    default:
      return digest(seed);
  }
}

/** An id of 32 hexadecimal digits. */
function digest(seed: string): string {
  return createHash('sha256').update(seed).digest('hex').slice(0, 32);
}

function numberOf(seed: string): number {
  return createHash('sha256').update(seed).digest().readUInt32BE(0);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
