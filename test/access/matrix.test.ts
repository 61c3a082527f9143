/**
 * The matrix role × purpose × agency × field, generated from the schema, against expectations.ts: at the gateway, whose policy is read from the
 * supergraph, and in each subgraph, whose resolvers are called as the executor would call them, under the grants that its ministry keeps.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLObjectType, type GraphQLSchema, getNamedType, isIntrospectionType, isObjectType, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { PURPOSES, type Purpose, ROLES, type Role, scopesOf } from '#schema/access.ts';
import { fulfils } from '#schema/access-rule.ts';
import type { Caller } from '#schema/identity.ts';
import { enforceRules, fieldAccess } from '#shared/access/enforcement.ts';
import { grantedTo, readGrants } from '#shared/access/grants.ts';
import { startReading } from '#shared/access/recording.ts';
import { NO_FOREIGN_IDS } from '#shared/foreign-ids/foreign-ids.ts';
import { readSupergraph } from '../../gateway/supergraph.ts';
import { AUDIENCES, type Audience, ROWS } from './expectations.ts';

const ROOT = join(import.meta.dirname, '../..');
const SUBGRAPHS = ['agencies', 'calls', 'referrals', 'victims'] as const;
const ALL_ROLES = Object.keys(ROLES) as Role[];
const ALL_PURPOSES = [null, ...(Object.keys(PURPOSES) as Purpose[])];
const MACHINERY = /^(join__|link__|_Service|_Any|_Entity)/;

const { schema, policy } = readSupergraph(join(ROOT, 'schema/supergraph.graphql'));

function fieldsOf(from: GraphQLSchema): { type: GraphQLObjectType; name: string; coordinate: string }[] {
  const types = Object.values(from.getTypeMap()).filter(
    (type): type is GraphQLObjectType => isObjectType(type) && !isIntrospectionType(type) && !MACHINERY.test(type.name),
  );
  return types.flatMap((type) =>
    Object.keys(type.getFields())
      .filter((name) => !name.startsWith('_'))
      .map((name) => ({ type, name, coordinate: `${type.name}.${name}` })),
  );
}

const patterns = ROWS.map(([fields, audience]) => ({ fields, audience, pattern: new RegExp(`^${fields.replaceAll('.', '\\.').replaceAll('*', '\\w*')}$`) }));
const rowOf = (coordinate: string) => patterns.find(({ pattern }) => pattern.test(coordinate));
function audienceOf(coordinate: string): Audience {
  const row = rowOf(coordinate);
  if (row === undefined) throw new Error(`expectations.ts has no row for ${coordinate}`);
  return AUDIENCES[row.audience];
}

function callerOf(role: Role, purpose: Purpose | null, agency = 'c02'): Caller {
  const nobody = role === 'public';
  return { subject: nobody ? null : 'somebody', agency: nobody ? null : agency, scopes: scopesOf([role, 'public']), purpose };
}

describe('the expectations', () => {
  it('have a row for every field of the graph', () => {
    expect(fieldsOf(schema).flatMap(({ coordinate }) => (rowOf(coordinate) === undefined ? [coordinate] : []))).toEqual([]);
  });

  it('have no row that is about no field', () => {
    const used = new Set(fieldsOf(schema).map(({ coordinate }) => rowOf(coordinate)?.fields));
    expect(ROWS.map(([fields]) => fields).filter((fields) => !used.has(fields))).toEqual([]);
  });
});

describe.each(ALL_ROLES)('the gateway lets %s ask', (role) => {
  it.each(ALL_PURPOSES)('for the purpose %s what is expected, no field too many and none too few', (purpose) => {
    const caller = callerOf(role, purpose);
    const differences = fieldsOf(schema).flatMap(({ type, name, coordinate }) => {
      const purposes = audienceOf(coordinate)[role];
      // The gateway knows whether a purpose is said; which ones are granted is each ministry's.
      const expected = purposes !== undefined && (purposes === 'any' || purpose !== null);
      const result = getNamedType(type.getFields()[name]?.type);
      const rules = [...(policy.ofField(type.name, name) ?? []), ...(isObjectType(result) ? policy.ofType(result.name) : [])];
      const allowed = rules.length > 0 && rules.every((rule) => fulfils(rule, caller));
      return allowed === expected ? [] : [`${coordinate}: ${allowed ? 'too many' : 'too few'}`];
    });
    expect(differences).toEqual([]);
  });
});

describe.each(SUBGRAPHS)('the subgraph %s lets', (name) => {
  const folder = join(ROOT, 'subgraphs', name);
  const own = buildSubgraphSchema({ typeDefs: parse(readFileSync(join(folder, 'schema.graphql'), 'utf8')) });
  enforceRules(own);
  const grants = readGrants(join(folder, 'grants.json'));
  const fields = fieldsOf(own);

  /** Whether the guard before the field's resolver lets the caller pass. */
  function passes({ type, name: field }: (typeof fields)[number], caller: Caller, all = grants): boolean {
    const granted = grantedTo(all, caller);
    const reading = startReading({ caller, requestId: 'request-1', operationHash: 'hash', operationName: null }, NO_FOREIGN_IDS);
    const context = { access: fieldAccess(granted.caller, granted.field, reading) };
    try {
      type.getFields()[field]?.resolve?.({ id: 'x' }, {}, context, { fieldName: field } as never);
      return true;
    } catch (error) {
      if ((error as { extensions?: { code?: string } }).extensions?.code === 'FORBIDDEN') return false;
      throw error;
    }
  }

  // What a service knows of another's records is their ids: the owner decides on the rest.
  const OWNED: Readonly<Record<(typeof SUBGRAPHS)[number], RegExp>> = {
    agencies: /^(Province|Agency|AgencyVersion|CoordinationPlan|Mutation|\w*Payload)\./,
    calls: /^(Call\w*|Mutation)\./,
    referrals: /^(ReferralCase\w*|Handover\w*|Mutation|CasePayload)\.(?!call$|victims$)/,
    victims: /^(Victim\w*|SupportService\w*|Mutation|SupportPayload)\.(?!case$)/,
  };

  it.each(ALL_ROLES)('%s read what is expected of its own for each purpose, no field too many and none too few', (role) => {
    const differences = ALL_PURPOSES.flatMap((purpose) =>
      fields
        .filter(({ coordinate }) => OWNED[name].test(coordinate))
        .flatMap((field) => {
          const purposes = audienceOf(field.coordinate)[role];
          // Who decides on persons is said below.
          if (field.coordinate === 'Mutation.victimIdentify') return [];
          const expected = purposes === 'any' || (purpose !== null && (purposes?.includes(purpose) ?? false));
          // Of all agencies one is the plan's secretariat; that others are not is said below.
          const allowed = passes(field, callerOf(role, purpose, role === 'secretary' ? 'cuc-tre-em' : 'hlhpn'));
          return allowed === expected ? [] : [`${field.coordinate} for ${purpose}: ${allowed ? 'too many' : 'too few'}`];
        }),
    );
    expect(differences).toEqual([]);
  });

  it('nobody of an agency that is revoked read anything', () => {
    const revoked = { ...grants, revoked: ['hlhpn'] };
    const read = fields.filter((field) => passes(field, { ...callerOf('officer', 'CASE_WORK', 'hlhpn'), scopes: scopesOf(ALL_ROLES) }, revoked));
    expect(read.map(({ coordinate }) => coordinate)).toEqual([]);
  });

  it('nobody without scopes read anything', () => {
    const read = fields.filter((field) => passes(field, { ...callerOf('officer', 'CASE_WORK'), scopes: [] }));
    expect(read.map(({ coordinate }) => coordinate)).toEqual([]);
  });

  if (name === 'agencies') {
    it.each([
      ['cuc-tre-em', true],
      ['c02', false],
      ['pcmt-bdbp', false],
      ['hlhpn', false],
    ])('secretaries of %s keep the register: %s', (agency, expected) => {
      for (const act of ['Mutation.agencyUpsert', 'Mutation.planUpsert']) {
        const field = fields.find(({ coordinate }) => coordinate === act);
        expect(field && passes(field, callerOf('secretary', 'COORDINATION', agency)), act).toBe(expected);
      }
    });
  }

  if (name === 'victims') {
    it.each([
      ['c02', true],
      ['pcmt-bdbp', true],
      ['hlhpn', false],
      ['cuc-tre-em', false],
    ])('officers of %s decide who is a victim: %s', (agency, expected) => {
      const identify = fields.find(({ coordinate }) => coordinate === 'Mutation.victimIdentify');
      expect(identify && passes(identify, callerOf('officer', 'INVESTIGATION', agency))).toBe(expected);
    });
  }
});
