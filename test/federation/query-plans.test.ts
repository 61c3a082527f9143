import { readdirSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { ApolloServer } from '@apollo/server';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGateway, type QueryPlan, readSupergraph } from '../../gateway/supergraph.ts';

/**
 * What the planner makes of operations on the committed supergraph. A wave is a set of fetches that run at once, written as the services
 * that they go to; waves run one after another, so their number is the number of round trips that a client waits for.
 */
type Waves = string[][];

const SCHEMA = resolve(import.meta.dirname, '../../schema');
const ALL = ['calls', 'referrals', 'victims'];

/** The plan of every document under schema/operations/. */
const EXPECTED: Record<string, Waves> = {
  CallsAndVictimsByProvince: [['agencies'], ALL],
  // Three fields of Query are three places of the answer, and the planner makes a fetch for each; they run at once all the same.
  CallsByCategoryCompared: [['agencies'], ['calls', 'calls', 'calls']],
  CallsToDate: [['agencies'], ['calls', 'calls']],
  HandoversByAgency: [['agencies'], ['referrals']],
  // Ratios are worked out from all three (@requires): a third wave, the only one.
  Indicators: [['agencies'], ALL, ['agencies']],
  Totals: [['agencies'], ALL],
  VictimsByBreakdown: [['agencies'], ['victims']],
};

const PERIOD = '(period: { from: "2021-01-01", to: "2021-09-30" })';

describe('the plan of a document', () => {
  const documents = readdirSync(resolve(SCHEMA, 'operations')).map((file) => basename(file, '.graphql'));

  it('is expected of every one', () => {
    expect(Object.keys(EXPECTED).sort()).toEqual(documents.sort());
  });

  it.each(documents)('%s', async (name) => {
    const { query, variables } = readDocument(name);
    expect(await wavesOf(query, variables)).toEqual(EXPECTED[name]);
  });
});

describe('the plan of statistics', () => {
  it('asks only the agencies subgraph for the cells themselves', async () => {
    expect(await wavesOf(`{ statistics${PERIOD} { id period { from to } province { nameVi } agency { nameVi } } }`)).toEqual([['agencies']]);
  });

  it('is one fetch per ministry, all at once, for all breakdowns of all three', async () => {
    const operation = `{ statistics${PERIOD} {
      calls { asOf total byCategory { total } byTopic { total } byCallerType { total } byCallerSex { total } byCallerAgeBand { total } byChannel { total } }
      referrals { asOf cases casesByStage { cases } handovers handoversByState { handovers } sentToAccepted { medianMinutes } overdue }
      victims { asOf persons bySexAndAgeBand { persons } byPurpose { persons } byLegalStatus { persons } byEthnicity { persons } supports { total } }
    } }`;
    expect(await wavesOf(operation)).toEqual([['agencies'], ALL]);
  });

  it('does not depend on how the cells are divided', async () => {
    const divided = '(period: { from: "2021-01-01", to: "2021-12-31" }, interval: MONTH, by: [PROVINCE, AGENCY], geography: VN34)';
    expect(await wavesOf(`{ statistics${divided} { calls { total } referrals { cases } victims { persons } } }`)).toEqual([['agencies'], ALL]);
  });

  it('takes what indicators require along with what was asked of a ministry anyway', async () => {
    const operation = `{ statistics${PERIOD} {
      calls { number: total byCategory { total } } referrals { handovers } victims { identified } indicators { referralShare { value } }
    } }`;
    expect(await wavesOf(operation)).toEqual([['agencies'], ALL, ['agencies']]);
  });

  it('asks only the ministries asked about', async () => {
    expect(await wavesOf(`{ statistics${PERIOD} { victims { persons } } }`)).toEqual([['agencies'], ['victims']]);
  });

  it('fetches the names of provinces and agencies in breakdowns when these are known, and nothing when only ids are asked for', async () => {
    const operation = (fields: string) => `{ statistics${PERIOD} {
      referrals { handoversByReceivingAgency { agency { ${fields} } handovers } }
      victims { byOriginProvince { originProvince { ${fields} } persons } }
    } }`;
    expect(await wavesOf(operation('id nameVi'))).toEqual([['agencies'], ['referrals', 'victims'], ['agencies', 'agencies']]);
    expect(await wavesOf(operation('id'))).toEqual([['agencies'], ['referrals', 'victims']]);
  });
});

let server: ApolloServer;
let plan: QueryPlan | undefined;

beforeAll(async () => {
  const log = pino({ level: 'silent' });
  const gateway = createGateway(readSupergraph(resolve(SCHEMA, 'supergraph.graphql')), {
    // The plan is all that is wanted; nothing is there to answer.
    dataSource: () => ({ process: async () => ({ data: null }) as never }),
    log,
    onQueryPlan: (made) => {
      plan = made;
    },
  });
  server = new ApolloServer({ gateway, logger: log, stopOnTerminationSignals: false });
  await server.start();
});
afterAll(() => server.stop());

async function wavesOf(query: string, variables: Record<string, unknown> = {}): Promise<Waves> {
  plan = undefined;
  const { body } = await server.executeOperation({ query, variables });
  if (plan === undefined) throw new Error(`no plan: ${JSON.stringify(body)}`);
  return layOut((plan as QueryPlan).node).map((wave) => wave.sort());
}

/** A sequence puts its steps' waves after one another, a parallel beside one another, the first with the first. */
function layOut(node: QueryPlan['node']): Waves {
  switch (node?.kind) {
    case undefined:
      return [];
    case 'Fetch':
      return [[node.serviceName]];
    case 'Flatten':
      return layOut(node.node);
    case 'Sequence':
      return node.nodes.flatMap(layOut);
    case 'Parallel':
      return node.nodes.map(layOut).reduce((all, branch) => {
        const longest = all.length > branch.length ? all : branch;
        return longest.map((_, index) => [...(all[index] ?? []), ...(branch[index] ?? [])]);
      }, []);
    default:
      throw new Error(`expected a plan of fetches, got ${node?.kind}`);
  }
}

function readDocument(name: string): { query: string; variables: Record<string, unknown> } {
  const query = readFileSync(resolve(SCHEMA, 'operations', `${name}.graphql`), 'utf8');
  return { query, variables: JSON.parse(/^# variables: (.*)$/m.exec(query)?.[1] ?? '{}') };
}
