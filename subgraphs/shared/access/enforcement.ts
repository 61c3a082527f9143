/**
 * The rules on a subgraph's schema, enforced where its fields are resolved: whatever an operation looks like, and whatever the gateway has
 * checked before, no field is read whose rule the caller does not fulfil.
 */
import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isIntrospectionType,
  isObjectType,
} from 'graphql';
import { inputRulesOf } from '#schema/access-inputs.ts';
import { type AccessRule, fulfils, readRule } from '#schema/access-rule.ts';
import { clientError } from '#schema/errors.ts';
import type { RequestContext } from '../subgraph.ts';
import type { Reading } from './recording.ts';

/** A schema has a field that nobody has said who may read. */
export class RuleMissing extends Error {}

/** Types that the federation itself adds: reached with the gateway's token only. */
const FEDERATION = ['_Service', '_Any'];
const FEDERATION_FIELDS = ['_service', '_entities'];

/**
 * Puts the rules of all fields before their resolvers; changes `schema`.
 * @throws RuleMissing naming every field without a rule.
 */
export function enforceRules(schema: GraphQLSchema): void {
  const types = Object.values(schema.getTypeMap()).filter((type): type is GraphQLObjectType => isObjectType(type) && !isIntrospectionType(type));
  const missing: string[] = [];
  for (const type of types.filter(({ name }) => !FEDERATION.includes(name))) {
    for (const field of Object.values(type.getFields()).filter(({ name }) => !FEDERATION_FIELDS.includes(name))) {
      const rules = rulesOf(type, field);
      if (rules.length === 0) missing.push(`${type.name}.${field.name}`);
      guardField(type, field, rules);
    }
    guardReferences(type);
  }
  if (missing.length > 0) throw new RuleMissing(`expected a rule (@authenticated, @requiresScopes or @policy) on ${missing.join(', ')}`);
}

/** The rules that a field is under: its own, its type's, and on entering another type, that one's. */
function rulesOf(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>): AccessRule[] {
  const returned = getNamedType(field.type);
  const own = [ruleOf(type), readRule(field.astNode?.directives)].filter((rule) => rule !== null);
  // A field whose own type says nothing is not ruled by where it leads.
  return own.length === 0 ? [] : [...own, ...(isObjectType(returned) ? [ruleOf(returned)] : [])].filter((rule) => rule !== null);
}

function ruleOf(type: GraphQLNamedType): AccessRule | null {
  return readRule([...(type.astNode?.directives ?? []), ...type.extensionASTNodes.flatMap(({ directives = [] }) => directives)]);
}

function guardField(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>, rules: readonly AccessRule[]): void {
  const coordinate = `${type.name}.${field.name}`;
  const resolve = field.resolve ?? defaultFieldResolver;
  const isFigure = rules.some(({ scopes }) => scopes?.some((all) => all.includes('statistics:exact')));
  const isRecord = !isFigure && (ruleOf(type)?.policies ?? null) !== null && 'id' in type.getFields();
  field.resolve = (parent, given, context, info) => {
    const { access } = context as RequestContext;
    if (!access.permits(coordinate, rules)) throw forbidden(coordinate);
    for (const [part, rule] of inputRulesOf(given, field.args)) if (!access.permits(part, [rule], part)) throw forbidden(part);
    if (isFigure) access.notes.figure(coordinate);
    if (isRecord) access.notes.record(coordinate, String((parent as { readonly id: unknown }).id));
    return resolve(parent, given, context, info);
  };
}

/** A look-up by key is refused before it is done, also where nothing but `__typename` is selected. */
function guardReferences(type: GraphQLObjectType): void {
  const rule = ruleOf(type);
  const own = (type.extensions['apollo'] as { subgraph?: { resolveReference?: LookUp } } | undefined)?.subgraph;
  const lookUp = own?.resolveReference;
  if (own === undefined || lookUp === undefined || rule === null) return;
  const rules = [rule];
  own.resolveReference = (reference, context, info) => {
    if (!context.access.permits(`${type.name}.__resolveReference`, rules, type.name)) throw forbidden(type.name);
    return lookUp(reference, context, info);
  };
}

type LookUp = (reference: unknown, context: RequestContext, info: unknown) => unknown;

/** What a request may read, decided once for each field. */
export interface FieldAccess {
  /** Whether the caller fulfils all `rules`, and the ministry grants the field; of a whole `type`, whether it fulfils the rules. */
  permits(coordinate: string, rules: readonly AccessRule[], type?: string): boolean;
  /** Told of every field of a record whose rule wants a purpose, and of every figure, as they are read. */
  readonly notes: Reading;
}

/** See {@link FieldAccess}. `granted` tells whether the ministry grants a field. */
export function fieldAccess(caller: RequestContext['caller'], granted: (coordinate: string) => boolean, notes: Reading): FieldAccess {
  const decided = new Map<string, boolean>();
  return {
    notes,
    permits: (coordinate, rules, type) => {
      const known = decided.get(coordinate);
      if (known !== undefined) return known;
      const permitted = rules.every((rule) => fulfils(rule, caller)) && (type !== undefined || granted(coordinate));
      decided.set(coordinate, permitted);
      return permitted;
    },
  };
}

function forbidden(coordinate: string) {
  return clientError('FORBIDDEN', `Không có quyền xem ${coordinate}. · You may not read ${coordinate}.`);
}
