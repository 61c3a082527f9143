/** Who read what, from the client's request to the owner's log: with the product's own roles and grants. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAdmin } from '../testkit/access-log.ts';
import { done } from '../testkit/acts.ts';
import { writeCsv } from '../testkit/csv-files.ts';
import { runImport } from '../testkit/import-command.ts';
import { ask, ENGINE, type Stack, SUBGRAPHS, type SubgraphName, startStack } from '../testkit/stack.ts';
import type { AskAs } from '../testkit/tokens.ts';

const COORDINATOR: AskAs = { roles: ['coordinator'], agency: 'b', subject: 'coordinator-7', purpose: 'COORDINATION' };
const OFFICER: AskAs = { roles: ['officer', 'developer'], agency: 'a', subject: 'officer-3', purpose: 'CASE_WORK' };
const WHO = 'query WhoRead($id: ID!) { referralCase(id: $id) { id accesses { subject agency { id } purpose operationName kind } } }';

interface Entry {
  readonly subject: string;
  readonly agency: string;
  readonly purpose: string;
  readonly kind: string;
  readonly records: readonly string[];
  readonly operation_hash: string;
  readonly operation_name: string | null;
  readonly entry: string;
}

let stack: Stack;
let file: string;
let person: string;
beforeAll(async () => {
  stack = await startStack({ demo: false, env: { GRANTS_FOLDER: '' } });
  const agencies = ['a', 'b'].map((id) => ({ id, type: 'POLICE', nameVi: id, nameEn: id }));
  const { code, output } = await runImport(stack.env, 'agencies', writeCsv(join(stack.folder, 'agencies.csv'), agencies));
  expect(code, output).toBe(0);
  file = (await done(stack.gateway, 'caseOpen', { agencyId: 'a' })).id;
  person = (await done(stack.gateway, 'victimRegister', { agencyId: 'a', caseId: file })).id;
}, 120_000);
afterAll(() => stack?.stop());

describe(`the access log, on ${ENGINE}`, () => {
  it('LOG-01: tells a coordinator in the graph who read a case, the reading of that included; an officer MUST be refused', async () => {
    await ask(
      stack.gateway,
      'query ReadCase($id: ID!) { referralCase(id: $id) { stage victims(first: 5) { nodes { sex } } } }',
      { id: file },
      {},
      { as: OFFICER },
    );
    const refused = await ask(stack.gateway, WHO, { id: file }, {}, { as: OFFICER });
    expect(refused.data).toBeUndefined();
    expect(refused.errors?.map(({ extensions }) => extensions?.['code'])).toContain('FORBIDDEN');
    await ask(stack.gateway, WHO, { id: file }, {}, { as: COORDINATOR });
    const { data, errors } = await ask(stack.gateway, WHO, { id: file }, {}, { as: COORDINATOR });
    expect(errors).toBeUndefined();
    expect(data.referralCase.accesses.slice(0, 2)).toEqual([
      { subject: 'coordinator-7', agency: { id: 'b' }, purpose: 'COORDINATION', operationName: 'WhoRead', kind: 'READ' },
      { subject: 'officer-3', agency: { id: 'a' }, purpose: 'CASE_WORK', operationName: 'ReadCase', kind: 'READ' },
    ]);
    expect(data.referralCase.accesses.at(-1)).toMatchObject({ subject: 'officer-1', kind: 'ACT' });
  });

  it('LOG-02: has nothing of reference data', async () => {
    expect((await ask(stack.gateway, 'query OnlyReference { agencies { id nameVi } }', {}, {}, { as: OFFICER })).data.agencies).toHaveLength(2);
    // That it is not there LOG-04 sees, when the services have written their last.
  });

  // An embedded database is the service's alone: nobody else can break its log while it runs.
  it.skipIf(ENGINE === 'pglite')('LOG-03: when it cannot be written no answer leaves, and no act is done', async () => {
    const admin = await openAdmin('referrals', stack.env, { migrate: false });
    try {
      await admin.sql.query('ALTER TABLE access_log ADD CONSTRAINT broken CHECK (false) NOT VALID');
      const { data, errors } = await ask(stack.gateway, 'query Broken($id: ID!) { referralCase(id: $id) { stage } }', { id: file }, {}, { as: OFFICER });
      expect(data).toEqual({ referralCase: null });
      expect(errors?.map(({ extensions }) => extensions?.['code'])).toEqual(['ACCESS_NOT_RECORDED']);
      const act = 'mutation Advance($id: ID!) { caseAdvance(input: { clientMutationId: "broken-log-1", id: $id, stage: VERIFYING }) { record { stage } } }';
      expect((await ask(stack.gateway, act, { id: file }, {}, { as: OFFICER })).data?.caseAdvance?.record ?? null).toBeNull();
      await admin.sql.query('ALTER TABLE access_log DROP CONSTRAINT broken');
      const after = await ask(stack.gateway, 'query After($id: ID!) { referralCase(id: $id) { stage } }', { id: file }, {}, { as: OFFICER });
      expect(after.data.referralCase.stage).toBe('RECEIVED');
    } finally {
      await admin.close();
    }
  });

  it('LOG-04: has in every service the same operation of a request, who asked and the pseudonyms of what was read, and nothing of the person', async () => {
    const query = 'query Everything($file: ID!, $person: ID!) { referralCase(id: $file) { stage } victim(id: $person) { sex legalStatus } }';
    await ask(stack.gateway, query, { file, person }, {}, { as: OFFICER });
    await ask(
      stack.gateway,
      'query Counted { statistics(period: { from: "2021-01-01", to: "2030-12-31" }) { referrals { cases } victims { persons } } }',
      {},
      {},
      { as: COORDINATOR },
    );
    const refused = await ask(stack.gateway, query, { file, person }, {}, { as: COORDINATOR });
    expect(refused.data).toBeUndefined();
    // The databases are read when the services have written their last.
    await Promise.all(SUBGRAPHS.map((name) => stack.subgraphs[name].stop()));
    const [desk, police] = [await logOf('referrals'), await logOf('victims')];
    const [read] = desk.filter(({ operation_name }) => operation_name === 'Everything');
    const [readThere, ...more] = police.filter(({ operation_name }) => operation_name === 'Everything');
    expect(read).toMatchObject({ subject: 'officer-3', agency: 'a', purpose: 'CASE_WORK', kind: 'read', records: [file] });
    expect(readThere).toMatchObject({ subject: 'officer-3', agency: 'a', purpose: 'CASE_WORK', kind: 'read', records: [person] });
    expect(more).toEqual([]);
    expect(readThere?.operation_hash).toBe(read?.operation_hash);
    expect((await logOf('agencies')).filter(({ operation_name }) => operation_name === 'OnlyReference')).toEqual([]);
    for (const log of [desk, police]) {
      expect(log.filter(({ operation_name }) => operation_name === 'Counted')).toMatchObject([{ subject: 'coordinator-7', kind: 'statistics', records: [] }]);
    }
    expect(police.filter(({ kind }) => kind === 'act')).toMatchObject([{ records: [person], agency: 'a' }]);
    expect(JSON.stringify([desk, police])).not.toMatch(/UNKNOWN|IN_IDENTIFICATION|FEMALE/);
  });
});

async function logOf(name: SubgraphName): Promise<Entry[]> {
  const admin = await openAdmin(name, stack.env, { migrate: false });
  try {
    return await admin.sql.query<Entry>('SELECT subject, agency, purpose, kind, records, operation_hash, operation_name, entry FROM access_log ORDER BY seq');
  } finally {
    await admin.close();
  }
}
