import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AGENCIES, CALLS, CASES, HANDOVERS, idOf, moment, one, SUPPORTS, VICTIMS, world } from '../testkit/rows.ts';
import { ask, ENGINE, type Stack, startStack } from '../testkit/stack.ts';
import type { CsvRow } from '../testkit/tally.ts';

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

describe(`a page of a list on ${ENGINE}`, () => {
  const pages = async (query: string, step: (page: { endCursor: string; startCursor: string }) => Record<string, unknown>, first: Record<string, unknown>) => {
    const found: string[][] = [];
    for (let variables = first; ; ) {
      const { list } = await data(query, variables);
      found.push(list.edges.map(({ node }: { node: { externalId: string } }) => node.externalId));
      if (!(list.pageInfo.hasNextPage && 'after' in variables) && !(list.pageInfo.hasPreviousPage && 'before' in variables)) return found;
      variables = { ...first, ...step(list.pageInfo) };
    }
  };

  it('follows the one before, forward and backward, to the end of the list', async () => {
    const list = `calls(filter: { period: { from: "2021-01-01", to: "2021-01-31" }, category: COUNSELLING }, first: $first, after: $after, last: $last, before: $before)`;
    const query = `query ($first: Int, $after: String, $last: Int, $before: String) { list: ${list} { edges { node { externalId } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
    const inMonth = world.calls.filter(({ day, row }) => day.startsWith('2021-01') && row['category'] === 'COUNSELLING').map(({ row }) => row);
    const sorted = inMonth
      .map((row) => ({ name: row['externalId'] as string, key: `${moment(row['receivedAt'])} ${idOf('call', row['externalId'])}` }))
      .sort((a, b) => (a.key < b.key ? 1 : -1))
      .map(({ name }) => name);
    const forward = await pages(query, ({ endCursor }) => ({ after: endCursor }), { first: 40, after: null });
    const backward = await pages(query, ({ startCursor }) => ({ before: startCursor }), { last: 40, before: null });
    expect(forward.flat()).toEqual(sorted);
    expect(backward.reverse().flat()).toEqual(sorted);
    expect(forward).toHaveLength(Math.ceil(sorted.length / 40));
  });

  it.each([
    ['calls(first: 501) { totalCount }', 'expected `first` from 1 to 500, got 501'],
    ['calls(first: 0) { totalCount }', 'expected `first` from 1 to 500, got 0'],
    ['victims(last: -1) { totalCount }', 'expected `last` from 1 to 500, got -1'],
    ['supports(first: 1, last: 1) { totalCount }', 'expected either `first` or `last`, got both'],
    ['handovers(after: "no cursor") { totalCount }', 'expected `after` to be a cursor of this list, ordered NEWEST_FIRST, got "no cursor"'],
    ['referralCases(before: "", orderBy: OLDEST_FIRST) { totalCount }', 'expected `before` to be a cursor of this list, ordered OLDEST_FIRST, got ""'],
  ])('is refused when there can be none, and nothing else with it: %s', async (field, message) => {
    const { data: answered, errors } = await ask(stack.gateway, `{ refused: ${field} agencies { id } }`);
    expect(errors).toMatchObject([{ message, path: ['refused'], extensions: { code: 'BAD_PAGE' } }]);
    expect(answered).toMatchObject({ refused: null, agencies: AGENCIES.map((id) => ({ id })) });
  });

  it('is refused with a cursor of another list or order', async () => {
    const { calls } = await data('{ calls(first: 1) { pageInfo { endCursor } } }');
    const after = JSON.stringify(calls.pageInfo.endCursor);
    for (const field of [`victims(after: ${after})`, `calls(after: ${after}, orderBy: OLDEST_FIRST)`]) {
      const { errors } = await ask(stack.gateway, `{ ${field} { totalCount } }`);
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_PAGE' } }]);
    }
  });

  it.each([
    'calls(filter: { province: "VN63:98", agency: "c02" })',
    'calls(filter: { province: "a province", category: REFERRAL })',
    'calls(filter: { agency: "\\u0000" })',
    'handovers(filter: { states: [] })',
    `handovers(filter: { case: "${idOf('victim', 'V-000001')}" })`,
    'handovers(filter: { case: "no id" })',
    'victims(filter: { destinationCountry: "Atlantis" })',
    `supports(filter: { victim: "${idOf('case', 'R-000001')}" })`,
  ])('is empty where nothing fits: %s', async (field) => {
    const { list } = await data(`{ list: ${field} { totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`);
    expect(list).toEqual({ totalCount: 0, nodes: [], pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null } });
  });

  it('is not filtered by what is null', async () => {
    const { calls } = await data(
      '{ calls(filter: { period: null, category: null, topic: null, callerType: null, channel: null, province: null, agency: null }) { totalCount } }',
    );
    expect(calls.totalCount).toBe(CALLS.length);
  });

  it.each([
    ['victims', 'ageBand: AGE_15', VICTIMS, (row: CsvRow) => row['ageAtTrafficking'] === '15'],
    ['victims', 'ageBand: AGE_18_PLUS, sex: FEMALE', VICTIMS, (row: CsvRow) => Number(row['ageAtTrafficking']) >= 18 && row['sex'] === 'FEMALE'],
    ['victims', 'ageBand: UNKNOWN', VICTIMS, (row: CsvRow) => !row['ageAtTrafficking']],
    [
      'victims',
      'purpose: FORCED_MARRIAGE, legalStatus: VICTIM',
      VICTIMS,
      (row: CsvRow) => row['purposes']?.split(';').includes('FORCED_MARRIAGE') && row['legalStatus'] === 'VICTIM',
    ],
    ['victims', 'destinationCountry: "CN"', VICTIMS, (row: CsvRow) => row['destinationCountry'] === 'CN'],
    ['supports', 'inShelter: true, open: true', SUPPORTS, (row: CsvRow) => row['inShelter'] === 'true' && !row['endedAt']],
    ['supports', 'type: MEDICAL, open: false', SUPPORTS, (row: CsvRow) => row['type'] === 'MEDICAL' && row['endedAt'] !== ''],
    ['referralCases', 'open: true, callerType: RELATIVE_FRIEND', CASES, (row: CsvRow) => row['stage'] !== 'CLOSED' && row['callerType'] === 'RELATIVE_FRIEND'],
    ['referralCases', 'fromCall: false', CASES, (row: CsvRow) => !row['call']],
    ['referralCases', 'stage: CLOSED, province: "VN63:01"', CASES, (row: CsvRow) => row['stage'] === 'CLOSED' && row['province'] === 'VN63:01'],
    ['handovers', 'rejectionReason: NO_CAPACITY', HANDOVERS, (row: CsvRow) => row['rejectionReason'] === 'NO_CAPACITY'],
    [
      'handovers',
      'legalBasis: CONSENT, states: [DRAFT, SENT]',
      HANDOVERS,
      (row: CsvRow) => row['legalBasis'] === 'CONSENT' && ['DRAFT', 'SENT'].includes(row['state'] ?? ''),
    ],
    [
      'handovers',
      'province: "VN63:01", toAgency: "c02"',
      HANDOVERS,
      (row: CsvRow) => row['toAgency'] === 'c02' && one(CASES, row['case'])['province'] === 'VN63:01',
    ],
    ['calls', 'topic: LEGAL, callerType: VICTIM', CALLS, (row: CsvRow) => row['topics']?.split(';').includes('LEGAL') && row['callerType'] === 'VICTIM'],
  ] as const)('has what fits: %s(filter: { %s })', async (field, filter, rows, fits) => {
    const { list } = await data(`{ list: ${field}(filter: { ${filter} }, first: 500) { totalCount nodes { externalId } } }`);
    const expected = rows.filter(fits).map(({ externalId }) => externalId);
    expect(list.totalCount).toBe(expected.length);
    const found = list.nodes.map(({ externalId }: { externalId: string }) => externalId);
    expect(found.filter((name: string) => !expected.includes(name))).toEqual([]);
    expect(found).toHaveLength(Math.min(expected.length, 500));
  });
});
