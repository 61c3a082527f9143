import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeCsv } from '../testkit/csv-files.ts';
import { runImport } from '../testkit/import-command.ts';
import { ask, ENGINE, type Stack, type SubgraphName, SUBGRAPHS, startService, startStack } from '../testkit/stack.ts';

const PERIOD = { from: '2021-01-01', to: '2021-09-30' };
const SHAPE = { period: PERIOD, interval: 'QUARTER', by: ['PROVINCE'], geography: 'VN34' };
const STATISTICS = `query ($period: PeriodInput!, $interval: Interval, $by: [Dimension!]! = [], $geography: Geography! = "AS_RECORDED") {
  statistics(period: $period, interval: $interval, by: $by, geography: $geography) {
    ...Place
    calls { total byCategory { category total } } referrals { cases handovers } victims { persons }
  }
}
fragment Place on StatisticsCell { id period { from to } province { id nameVi } agency { id } }`;

/** What a service alone can say of a cell. */
const OWN: Record<SubgraphName, (cell: Cell) => Cell> = {
  agencies: (cell) => ({ ...cell, province: { ...cell.province, nameVi: null } }),
  calls: (cell) => ({ ...cell, calls: null }),
  referrals: (cell) => ({ ...cell, referrals: null }),
  victims: (cell) => ({ ...cell, victims: null }),
};
// biome-ignore lint/suspicious/noExplicitAny: cells of an answer are read by paths that the test knows.
type Cell = any;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
}, 120_000);
afterAll(() => stack?.stop());

/** Does something while a service is stopped, and starts it again on its port. */
async function without(name: SubgraphName, act: () => Promise<void>): Promise<void> {
  const { url } = stack.subgraphs[name];
  await stack.subgraphs[name].stop();
  try {
    await act();
  } finally {
    const again = await startService(`subgraphs/${name}/main.ts`, { ...stack.env, [`${name.toUpperCase()}_PORT`]: new URL(url).port });
    Object.assign(stack.subgraphs, { [name]: again });
  }
}

describe(`statistics without one of the services, on ${ENGINE}`, () => {
  it.each(SUBGRAPHS)('lack what only %s can say, with one error, and nothing else', async (name) => {
    const { data: whole } = await ask(stack.gateway, STATISTICS, SHAPE);
    expect(whole.statistics).toHaveLength(3 * 34);
    await without(name, async () => {
      const { data, errors } = await ask(stack.gateway, STATISTICS, SHAPE);
      expect(data.statistics).toEqual(whole.statistics.map(OWN[name]));
      expect(errors).toMatchObject([
        {
          path: ['statistics', 0, ...(name === 'agencies' ? ['province', 'nameVi'] : [name])],
          extensions: { code: 'SUBGRAPH_UNAVAILABLE', service: name, affected: 3 * 34 },
        },
      ]);
    });
    expect(await ask(stack.gateway, STATISTICS, SHAPE)).toEqual({ data: whole });
  });

  it('have their cells also where only the one that is stopped was asked', async () => {
    await without('calls', async () => {
      const { data, errors } = await ask(
        stack.gateway,
        'query ($period: PeriodInput!) { statistics(period: $period, interval: QUARTER) { period { from } calls { total } } }',
        {
          period: PERIOD,
        },
      );
      expect(data.statistics).toEqual(['2021-01-01', '2021-04-01', '2021-07-01'].map((from) => ({ period: { from }, calls: null })));
      expect(errors).toMatchObject([{ path: ['statistics', 0, 'calls'], extensions: { code: 'SUBGRAPH_UNAVAILABLE', service: 'calls', affected: 3 } }]);
    });
  });
});

describe(`a record that another refers to and that is not there, on ${ENGINE}`, () => {
  it('is null with one clear error, and the rest of the answer is there', async () => {
    const cases = [1, 2].map((n) => ({
      source: 'outages',
      externalId: `case-${n}`,
      call: `nowhere-${n}`,
      openedAt: `2022-02-0${n}T08:00:00+07:00`,
      stage: 'RECEIVED',
      province: 'VN63:01',
      agency: 'c02',
    }));
    const { code, output } = await runImport(stack.env, 'cases', writeCsv(join(stack.folder, 'cases.csv'), cases));
    expect(code, output).toBe(0);
    const { data, errors } = await ask(
      stack.gateway,
      `{ referralCases(filter: { period: { from: "2022-02-01", to: "2022-02-02" } }, orderBy: OLDEST_FIRST) { nodes { externalId call { id receivedAt category } province { nameVi } } } }`,
    );
    const imported = data.referralCases.nodes.filter(({ externalId }: { externalId: string }) => externalId.startsWith('case-'));
    expect(imported).toEqual([1, 2].map((n) => ({ externalId: `case-${n}`, call: null, province: { nameVi: 'Hà Nội' } })));
    expect(errors).toMatchObject([
      { message: expect.stringContaining('There is no Call with the id'), extensions: { code: 'RECORD_NOT_FOUND', record: 'Call', service: 'calls' } },
    ]);
  });
});
