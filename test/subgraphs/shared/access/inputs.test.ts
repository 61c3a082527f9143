import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { graphql, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { type Scope, SCOPES } from '#schema/access.ts';
import { enforceRules, fieldAccess } from '#shared/access/enforcement.ts';

/** The victims service's own schema: rules on fields of filters, enforced where the list is resolved. */
const typeDefs = parse(readFileSync(resolve(import.meta.dirname, '../../../../subgraphs/victims/schema.graphql'), 'utf8'));
const EVERYTHING = Object.keys(SCOPES) as Scope[];
const page = { edges: [], nodes: [], pageInfo: { hasNextPage: false, hasPreviousPage: false }, totalCount: 3 };
const schema = buildSubgraphSchema({ typeDefs, resolvers: { Query: { victims: () => page } } });
enforceRules(schema);

describe('POL-26 a subgraph', () => {
  const DETAILS = { sex: 'FEMALE', ageBand: 'AGE_15', purpose: 'OTHER', province: 'VN34:01', destinationCountry: 'VN' };

  it.each(Object.entries(DETAILS))('MUST NOT filter persons by %s for who may not read it', async (detail, value) => {
    const coordinator = EVERYTHING.filter((scope) => scope !== 'victims:read');
    expect(await ask({ [detail]: value }, coordinator)).toMatchObject({
      data: { victims: null },
      errors: [{ path: ['victims'], extensions: { code: 'FORBIDDEN' } }],
    });
    expect(await ask({ [detail]: value }, EVERYTHING)).toEqual({ data: { victims: { totalCount: 3 } } });
    expect(await ask({ legalStatus: 'VICTIM' }, coordinator)).toEqual({ data: { victims: { totalCount: 3 } } });
  });
});

function ask(filter: object, scopes: readonly Scope[]) {
  const caller = { subject: 'somebody', agency: 'c02', scopes, purpose: 'COORDINATION' as const };
  const notes = { figure: () => undefined, record: () => undefined };
  const contextValue = { access: fieldAccess(caller, () => true, notes as never) };
  const source = 'query ($filter: VictimFilter) { victims(filter: $filter) { totalCount } }';
  return graphql({ schema, source, variableValues: { filter }, contextValue }).then((result) => JSON.parse(JSON.stringify(result)));
}
