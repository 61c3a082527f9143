import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecordKind } from '#schema/record-kinds.ts';
import { writeCsv } from '../testkit/csv-files.ts';
import { runImport } from '../testkit/import-command.ts';
import { AGENCIES, CALLS, CASES, HANDOVERS, idOf, moment, of, one, SUPPORTS, VICTIMS } from '../testkit/rows.ts';
import { type Answer, ask, ENGINE, type Stack, SUBGRAPHS, startStack } from '../testkit/stack.ts';
import { type CsvRow, provincesOf } from '../testkit/tally.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
}, 120_000);
afterAll(() => stack?.stop());

// biome-ignore lint/suspicious/noExplicitAny: answers are read by paths that the test knows.
async function data(query: string, variables: Record<string, unknown> = {}): Promise<any> {
  const { data: answered, errors } = await ask(stack.gateway, query, variables);
  expect(errors).toBeUndefined();
  return answered;
}

/** Asks, and tells how many statements and requests it took each ministry. */
async function cost(query: string, variables: Record<string, unknown> = {}) {
  const requestId = randomUUID();
  const { data: answered, errors } = await ask(stack.gateway, query, variables, { 'x-request-id': requestId });
  expect(errors).toBeUndefined();
  const lines = (name: (typeof SUBGRAPHS)[number]) => stack.subgraphs[name].log.filter((line) => line['requestId'] === requestId && line['msg'] === 'request');
  // A service logs what a request took when the answer is out.
  await new Promise((done) => setTimeout(done, 100));
  const statements = Object.fromEntries(SUBGRAPHS.map((name) => [name, lines(name).reduce((sum, line) => sum + Number(line['statements']), 0)]));
  return { data: answered, statements };
}

const document = (name: string) => {
  const query = readFileSync(join(import.meta.dirname, '../../schema/operations', `${name}.graphql`), 'utf8');
  return { query, variables: JSON.parse(/^# variables: (.*)$/m.exec(query)?.[1] ?? '{}') };
};

describe(`records as one graph, on ${ENGINE}`, () => {
  it('CaseFile: a case with its call, handovers, events, persons and support as the files have them', async () => {
    const { query, variables } = document('CaseFile');
    const { referralCase: file } = await data(query, variables);
    const row = CASES.find(({ externalId }) => idOf('case', externalId) === variables.id) ?? {};
    const call = one(CALLS, row['call']);
    expect(file).toMatchObject({
      id: variables.id,
      version: 1,
      stage: row['stage'],
      openedAt: moment(row['openedAt']),
      closedAt: moment(row['closedAt']),
      province: { id: row['province'] },
      agency: { id: row['agency'], nameEn: expect.any(String) },
      call: { id: idOf('call', row['call']), receivedAt: moment(call['receivedAt']), category: 'REFERRAL', callerType: row['callerType'] },
    });
    const handovers = of(HANDOVERS, 'case', row['externalId']).sort((a, b) => Date.parse(a['createdAt'] ?? '') - Date.parse(b['createdAt'] ?? ''));
    expect(file.handovers.totalCount).toBe(handovers.length);
    expect(file.handovers.nodes).toMatchObject(
      handovers.map((handover) => ({
        id: idOf('handover', handover['externalId']),
        state: handover['state'],
        legalBasis: handover['legalBasis'] || null,
        rejectionReason: handover['rejectionReason'] || null,
        fromAgency: { id: handover['fromAgency'], nameVi: expect.any(String) },
        toAgency: { id: handover['toAgency'] },
        redirectedFrom: handover['redirectedFrom'] ? { id: idOf('handover', handover['redirectedFrom']) } : null,
        redirectedTo: (([next]) => next && { id: idOf('handover', next['externalId']) })(of(HANDOVERS, 'redirectedFrom', handover['externalId'])) ?? null,
      })),
    );
    expect(handovers.some((handover) => handover['redirectedFrom'])).toBe(true);
    for (const [n, handover] of handovers.entries()) {
      const moments = ['createdAt', 'sentAt', 'acknowledgedAt', 'acceptedAt', 'startedAt', 'completedAt', 'rejectedAt', 'revokedAt'];
      expect(file.handovers.nodes[n].events.map(({ at }: { at: string }) => at)).toEqual(
        moments.map((column) => moment(handover[column])).filter((at) => at !== null),
      );
      expect(file.handovers.nodes[n].events.at(-1)).toMatchObject({ state: handover['state'], agency: { nameVi: expect.any(String) } });
    }
    const victims = of(VICTIMS, 'case', row['externalId']);
    expect(file.victims.totalCount).toBe(victims.length);
    for (const victim of victims) {
      const found = file.victims.nodes.find(({ id }: { id: string }) => id === idOf('victim', victim['externalId']));
      expect(found).toMatchObject({
        legalStatus: victim['legalStatus'],
        sex: victim['sex'],
        purposes: victim['purposes']?.split(';').filter(Boolean),
        originProvince: { id: victim['originProvince'] },
        destinationCountry: victim['destinationCountry'] || null,
      });
      const supports = of(SUPPORTS, 'victim', victim['externalId']);
      expect(found.supports.totalCount).toBe(supports.length);
      expect(found.supports.nodes.map(({ id }: { id: string }) => id).sort()).toEqual(supports.map(({ externalId }) => idOf('support', externalId)).sort());
      expect(found.supports.nodes.every(({ agency }: { agency: { nameVi: string } }) => agency.nameVi)).toBe(true);
    }
  });

  it('AgencyDesk: the handovers that an agency should have answered, the longest waiting first', async () => {
    const { query } = document('AgencyDesk');
    for (const agency of AGENCIES) {
      const waiting = of(HANDOVERS, 'toAgency', agency).filter(
        (row) => ['SENT', 'ACKNOWLEDGED'].includes(row['state'] ?? '') && Date.parse(row['sentAt'] ?? '') < Date.now() - 3 * 86_400_000,
      );
      const { handovers } = await data(query, { agency, first: 500 });
      expect(handovers.totalCount).toBe(waiting.length);
      expect(handovers.nodes.map(({ id }: { id: string }) => id).sort()).toEqual(waiting.map(({ externalId }) => idOf('handover', externalId)).sort());
      for (const node of handovers.nodes) {
        const row = waiting.find(({ externalId }) => idOf('handover', externalId) === node.id) ?? {};
        expect(node.case.victims.totalCount).toBe(of(VICTIMS, 'case', row['case']).length);
        expect(node).toMatchObject({
          case: { id: idOf('case', row['case']), province: { id: one(CASES, row['case'])['province'], nameVi: expect.any(String) } },
        });
      }
    }
  });

  it('ProvinceRecords: of every province, all at once, as many as the files have, the latest first', async () => {
    const { provinces } = await data(
      `{ provinces(scheme: "VN63") { id calls(first: 3) { totalCount nodes { id receivedAt } } cases(first: 3) { totalCount nodes { id } } victims(first: 3) { totalCount nodes { id } } } }`,
    );
    expect(provinces).toHaveLength(provincesOf('VN63').length);
    const latest = (kind: RecordKind, rows: readonly CsvRow[], column: string) =>
      rows
        .map((row) => ({ id: idOf(kind, row['externalId']), key: `${moment(row[column])} ${idOf(kind, row['externalId'])}` }))
        .sort((a, b) => (a.key < b.key ? 1 : -1))
        .slice(0, 3)
        .map(({ id }) => id);
    for (const province of provinces) {
      const [calls, cases, victims] = [of(CALLS, 'province', province.id), of(CASES, 'province', province.id), of(VICTIMS, 'originProvince', province.id)];
      expect([province.calls.totalCount, province.cases.totalCount, province.victims.totalCount]).toEqual([calls.length, cases.length, victims.length]);
      expect(province.calls.nodes.map(({ id }: { id: string }) => id)).toEqual(latest('call', calls, 'receivedAt'));
      expect(province.cases.nodes.map(({ id }: { id: string }) => id)).toEqual(latest('case', cases, 'openedAt'));
      expect(province.victims.nodes.map(({ id }: { id: string }) => id)).toEqual(latest('victim', victims, 'registeredAt'));
    }
    expect((await data(document('ProvinceRecords').query, document('ProvinceRecords').variables)).province.calls.totalCount).toBe(
      of(CALLS, 'province', 'VN63:01').length,
    );
  });

  it('leads from an agency to all that it took part in', async () => {
    const { agencies } = await data(
      `{ agencies { id plans { id members { id } } calls { totalCount } cases { totalCount } handoversSent { totalCount } handoversReceived { totalCount }
        accepted: handoversReceived(filter: { states: [ACCEPTED, IN_PROGRESS, COMPLETED] }) { totalCount } victims { totalCount } supports { totalCount } } }`,
    );
    for (const agency of agencies) {
      const received = of(HANDOVERS, 'toAgency', agency.id);
      const counted = { calls: of(CALLS, 'agency', agency.id), cases: of(CASES, 'agency', agency.id), victims: of(VICTIMS, 'agency', agency.id) };
      expect(agency).toMatchObject({
        ...Object.fromEntries(Object.entries(counted).map(([name, rows]) => [name, { totalCount: rows.length }])),
        handoversSent: { totalCount: of(HANDOVERS, 'fromAgency', agency.id).length },
        handoversReceived: { totalCount: received.length },
        accepted: { totalCount: received.filter(({ state }) => ['ACCEPTED', 'IN_PROGRESS', 'COMPLETED'].includes(state ?? '')).length },
        supports: { totalCount: of(SUPPORTS, 'agency', agency.id).length },
      });
      for (const plan of agency.plans) expect(plan.members.map(({ id }: { id: string }) => id)).toContain(agency.id);
    }
    expect(agencies.some(({ plans }: { plans: unknown[] }) => plans.length > 1)).toBe(true);
  });

  it('leads back from where it has led', async () => {
    const [support = {}] = SUPPORTS;
    const victim = one(VICTIMS, support['victim']);
    const row = one(CASES, victim['case']);
    const { support: found } = await data(
      `query ($id: ID!) { support(id: $id) { victim { id supports { nodes { id } } case { id victims { nodes { id } } call { id case { id handovers { nodes { case { id } } } } } } } } }`,
      { id: idOf('support', support['externalId']) },
    );
    const caseId = idOf('case', row['externalId']);
    expect(found.victim.id).toBe(idOf('victim', victim['externalId']));
    expect(found.victim.supports.nodes).toContainEqual({ id: idOf('support', support['externalId']) });
    expect(found.victim.case.victims.nodes).toContainEqual({ id: found.victim.id });
    expect(found.victim.case).toMatchObject({ id: caseId, call: { id: idOf('call', row['call']), case: { id: caseId } } });
    expect(found.victim.case.call.case.handovers.nodes).toEqual(of(HANDOVERS, 'case', row['externalId']).map(() => ({ case: { id: caseId } })));
    const { provinces, coordinationPlans } = await data('{ provinces { id successor { id } predecessors { id } } coordinationPlans { id nameVi } }');
    for (const { id, successor } of provinces) {
      const next = provinces.find((province: { id: string }) => province.id === successor?.id);
      if (next) expect(next.predecessors).toContainEqual({ id });
    }
    const [plan] = coordinationPlans;
    expect((await data('query ($id: ID!) { coordinationPlan(id: $id) { id nameVi } }', { id: plan.id })).coordinationPlan).toEqual(plan);
  });

  it('gives a call that became no case none, and a case without a call none', async () => {
    const plain = CALLS.find(({ category }) => category === 'INFORMATION') ?? {};
    expect((await data('query ($id: ID!) { call(id: $id) { case { id } } }', { id: idOf('call', plain['externalId']) })).call).toEqual({ case: null });
  });
});

describe('what an operation costs', () => {
  const operation = `query ($n: Int!) {
    handovers(first: $n, filter: { states: [REJECTED] }, orderBy: OLDEST_FIRST) { totalCount nodes {
      events { agency { id } changes { field } } toAgency { id nameVi calls(first: 1) { totalCount nodes { id } } }
      redirectedFrom { id } redirectedTo { id events { at } }
      case { stage events { at } province { nameVi victims(first: 1) { totalCount nodes { id } } } call { category events { at } case { id } }
        handovers(first: 5) { totalCount nodes { state } }
        victims(first: 5) { totalCount nodes { sex events { at } case { stage } supports(first: 3) { totalCount nodes { type events { at } agency { nameVi } } } } } }
    } } }`;

  it('is as many statements for a hundred records as for one', async () => {
    const [few, many] = [await cost(operation, { n: 1 }), await cost(operation, { n: 100 })];
    expect(few.data.handovers.nodes).toHaveLength(1);
    expect(many.data.handovers.nodes).toHaveLength(100);
    for (const name of SUBGRAPHS) expect(few.statements[name], name).toBeGreaterThan(0);
    expect(many.statements).toEqual(few.statements);
  });

  it('is as many statements for all provinces as for one', async () => {
    const fields =
      'nameVi predecessors { id } calls { totalCount nodes { id events { at } } } cases { totalCount nodes { id } } victims { totalCount nodes { id } }';
    const [single, all] = [await cost(`{ province(id: "VN63:01") { ${fields} } }`), await cost(`{ provinces { ${fields} } }`)];
    expect(all.statements).toEqual(single.statements);
    expect(single.statements).toEqual({ agencies: 2, calls: 3, referrals: 2, victims: 2 });
  });
});

describe('an id', () => {
  const NODE =
    'query ($id: ID!) { node(id: $id) { __typename id ... on Call { externalId } ... on Victim { externalId } ... on Province { nameEn } ... on Agency { nameEn } ... on CoordinationPlan { planNameEn: nameEn } } }';

  it('is enough to find what it is the id of', async () => {
    expect((await data(NODE, { id: idOf('call', 'C-000033') })).node).toEqual({ __typename: 'Call', id: idOf('call', 'C-000033'), externalId: 'C-000033' });
    expect((await data(NODE, { id: idOf('victim', 'V-000001') })).node).toMatchObject({ __typename: 'Victim', externalId: 'V-000001' });
    expect((await data(NODE, { id: idOf('case', 'R-000001') })).node).toEqual({ __typename: 'ReferralCase', id: idOf('case', 'R-000001') });
    expect((await data(NODE, { id: 'VN34:24' })).node).toMatchObject({ __typename: 'Province', nameEn: expect.any(String) });
    expect((await data(NODE, { id: 'c02' })).node).toMatchObject({ __typename: 'Agency', nameEn: expect.any(String) });
    const { coordinationPlans } = await data('{ coordinationPlans { id } }');
    expect((await data(NODE, { id: coordinationPlans[0].id })).node).toMatchObject({ __typename: 'CoordinationPlan', planNameEn: expect.any(String) });
  });

  it('of nothing gives null', async () => {
    for (const id of ['', 'nobody', 'VN63:98', '\u0000', '00000000-0000-4000-8000-000000000000', 'x'.repeat(10_000)]) {
      expect((await data(NODE, { id })).node).toBeNull();
    }
  });

  it('of a record that is not there gives null and one clear error', async () => {
    const id = idOf('call', 'nobody called');
    await expectMissing(await ask(stack.gateway, NODE, { id }), ['node'], id);
    expect((await ask(stack.gateway, 'query ($id: ID!) { call(id: $id) { id } victim(id: $id) { id } }', { id })).data).toEqual({ call: null, victim: null });
  });

  it('that another record refers to and that is of nobody gives null and one clear error, whatever else is asked', async () => {
    const file = writeCsv(join(stack.folder, 'cases.csv'), [
      { source: 'test', externalId: 'lost', call: 'no such call', openedAt: '2022-02-02T02:02+07:00', stage: 'RECEIVED', province: 'VN63:01', agency: 'c02' },
    ]);
    expect((await runImport(stack.env, 'cases', file)).code).toBe(0);
    const answer = await ask(
      stack.gateway,
      '{ referralCases(filter: { agency: "c02" }) { nodes { externalId stage call { id category } victims { totalCount } } } }',
    );
    expect(answer.data.referralCases.nodes).toEqual([{ externalId: 'lost', stage: 'RECEIVED', call: null, victims: { totalCount: 0 } }]);
    const id = idOf('call', 'no such call', 'test');
    await expectMissing(answer, ['referralCases', 'nodes', 0, 'call'], id);
  });

  async function expectMissing({ errors }: Answer, path: (string | number)[], id: string) {
    expect(errors).toHaveLength(1);
    expect(errors?.[0]?.message).toContain(id);
    expect(errors?.[0]?.extensions?.['code']).toBe('RECORD_NOT_FOUND');
    expect(errors?.[0]?.path?.slice(0, path.length)).toEqual(path);
  }
});
