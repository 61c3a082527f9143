import { readdirSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { QueryPlan } from '@apollo/query-planner';
import { getOperationAST, type OperationDefinitionNode, parse, validate } from 'graphql';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANYBODY } from '#schema/identity.ts';
import { type Composition, openComposition } from '../../gateway/composition.ts';
import { createContext } from '../../gateway/context.ts';
import { createSharing } from '../../gateway/sharing.ts';
import { readSupergraph } from '../../gateway/supergraph.ts';

/**
 * What the planner makes of operations on the committed supergraph. A wave is a set of fetches that run at once, written as the services
 * that they go to; waves run one after another, so their number is the number of round trips that a client waits for.
 */
type Waves = string[][];

const SCHEMA = resolve(import.meta.dirname, '../../schema');
const ALL = ['calls', 'referrals', 'victims'];

/** The plan of every document under schema/operations/. Every subgraph makes the cells itself, so that none waits for another. */
const EXPECTED: Record<string, Waves> = {
  AgencyDesk: [['referrals'], ['agencies', 'agencies', 'victims']],
  // The agencies of what other ministries add are known last.
  CaseFile: [['referrals'], ['agencies', 'agencies', 'agencies', 'agencies', 'agencies', 'calls', 'victims'], ['agencies', 'agencies']],
  ProvinceRecords: [['agencies'], ['calls', 'referrals', 'victims'], ['agencies', 'agencies', 'agencies', 'referrals']],
  AcceptanceByAgency: [['agencies', 'referrals']],
  // The cases cross from the victims service, sealed.
  CallersWhoLedToVictims: [['agencies', ...ALL], ['referrals']],
  CallsAndVictimsByProvince: [['agencies', 'calls', 'victims']],
  CallsByCategoryCompared: [['agencies', 'calls']],
  CallsToDate: [['agencies', 'calls']],
  CasesWithSeveralAgencies: [['agencies', 'referrals', 'victims'], ['victims']],
  FromCallsToSupport: [['agencies', ...ALL]],
  HandoversByAgencyAndState: [['agencies', 'referrals']],
  MinorsReferredByAgency: [['agencies', 'referrals', 'victims'], ['referrals']],
  // Which cells there are is known from the plans; ratios across ministries would be a third wave.
  ResultsByCoordinationPlan: [['agencies', ...ALL], ALL],
  // The calls of a cell cross as the denominator; so do its cases below.
  ShareOfCallsReferred: [['agencies', 'calls', 'referrals'], ['referrals']],
  ShelterStaysNearLimit: [['agencies', 'victims']],
  SupportByTypeAndAgency: [['agencies', 'victims']],
  TimeFromCallToFirstHandover: [['agencies', 'calls', 'referrals']],
  TimeToAcceptanceByAgency: [['agencies', 'referrals']],
  Totals: [ALL],
  VerificationsBeyondDeadline: [['agencies', 'referrals']],
  VictimsByProvinceOfOrigin: [['agencies', 'victims']],
  VictimsByPurposeAndDestination: [['agencies', 'victims']],
  VictimsBySexAndAge: [['agencies', 'victims']],
  VictimsPerCase: [['agencies', 'referrals', 'victims'], ['victims']],
  Agencies: [['agencies']],
  AgencyCalls: [['calls'], ['agencies', 'referrals']],
  AgencyCases: [['referrals'], ['agencies', 'agencies', 'agencies']],
  CasePass: [['referrals']],
  CoordinationPlans: [['agencies']],
  Provinces: [['agencies']],
  WhoReadACase: [['referrals'], ['agencies', 'victims'], ['agencies']],
  // Acts: the record, and then what other ministries know by its references.
  AgencyUpsert: [['agencies']],
  CallClose: [['calls'], ['agencies', 'agencies']],
  CallRecategorise: [['calls'], ['agencies', 'agencies']],
  CallRecord: [['calls'], ['agencies', 'agencies']],
  CaseAdvance: [['referrals'], ['agencies', 'agencies']],
  CaseOpen: [['referrals'], ['agencies', 'agencies']],
  CaseReopen: [['referrals'], ['agencies', 'agencies']],
  HandoverAccept: [['referrals'], ['agencies', 'agencies']],
  HandoverAcknowledge: [['referrals'], ['agencies', 'agencies']],
  HandoverComplete: [['referrals'], ['agencies', 'agencies']],
  HandoverDraft: [['referrals'], ['agencies', 'agencies']],
  HandoverRedirect: [['referrals'], ['agencies', 'agencies']],
  HandoverReject: [['referrals'], ['agencies', 'agencies']],
  HandoverRevoke: [['referrals'], ['agencies', 'agencies']],
  HandoverSend: [['referrals'], ['agencies', 'agencies']],
  HandoverStart: [['referrals'], ['agencies', 'agencies']],
  PlanUpsert: [['agencies']],
  SupportEnd: [['victims'], ['agencies']],
  SupportStart: [['victims'], ['agencies']],
  VictimIdentify: [['victims'], ['agencies', 'agencies']],
  VictimRegister: [['victims'], ['agencies', 'agencies']],
  VictimUpdate: [['victims'], ['agencies', 'agencies']],
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

  it('of one of the twenty questions has at most two waves', () => {
    const questions = documents.filter((name) => /^# \d+\. /.test(readDocument(name).query));
    expect(questions).toHaveLength(20);
    expect(questions.filter((name) => (EXPECTED[name]?.length ?? 0) > 2)).toEqual([]);
  });
});

describe('the plan of records', () => {
  it('asks for a record by its id, whatever its kind, of the agencies subgraph and the one that has it', async () => {
    const operation = `{ node(id: "fd3d328a-4ff9-82c8-9f83-8c99ef802c1e") { id ... on ReferralCase { stage } ... on Victim { sex } ... on Agency { nameVi } } }`;
    expect(await wavesOf(operation)).toEqual([['agencies'], ['referrals', 'victims']]);
  });

  it('goes no way over a third service from a record to what belongs to it', async () => {
    expect(await wavesOf('{ victim(id: "1") { id case { id call { id } } } }')).toEqual([['victims'], ['referrals']]);
    expect(await wavesOf('{ call(id: "1") { case { victims { totalCount } } } }')).toEqual([['calls'], ['referrals'], ['victims']]);
    expect(await wavesOf('{ victim(id: "1") { agency { victims { totalCount } } } }')).toEqual([['victims']]);
    expect(await wavesOf('{ handover(id: "1") { toAgency { handoversReceived { totalCount } calls { totalCount } } } }')).toEqual([['referrals'], ['calls']]);
  });

  it('takes the proof that the caller may see a case along with the case: no wave of its own', async () => {
    expect(await wavesOf('{ referralCase(id: "1") { victims { nodes { id } } } }')).toEqual([['referrals'], ['victims']]);
    expect(await wavesOf('{ referralCases { nodes { stage victims { totalCount } } } }')).toEqual([['referrals'], ['victims']]);
    // Where the case is known from a person, the desk has to be asked first.
    expect(await wavesOf('{ victim(id: "1") { case { victims { totalCount } } } }')).toEqual([['victims'], ['referrals'], ['victims']]);
  });
});

describe('the plan of statistics', () => {
  it('asks the agencies subgraph for the names of provinces and agencies beside the figures, and nobody besides for the cells themselves', async () => {
    const cells = 'id period { from to } province { id nameVi } agency { id nameVi }';
    expect(await wavesOf(`{ statistics${PERIOD} { ${cells} } }`)).toEqual([['agencies']]);
    expect(await wavesOf(`{ statistics${PERIOD} { ${cells} calls { total } } }`)).toEqual([['agencies', 'calls']]);
    expect(await wavesOf(`{ statistics${PERIOD} { id period { from to } province { id } calls { total } } }`)).toEqual([['calls']]);
  });

  it('is one fetch per ministry, all at once, for all breakdowns of all three', async () => {
    const operation = `{ statistics${PERIOD} {
      calls { asOf total byCategory { total } byTopic { total } byCallerType { total } byCallerSex { total } byCallerAgeBand { total } byChannel { total } }
      referrals { asOf cases casesByStage { cases } handovers handoversByState { handovers } sentToAccepted { medianMinutes } overdue }
      victims { asOf persons bySexAndAgeBand { persons } byPurpose { persons } byLegalStatus { persons } byEthnicity { persons } supports { total } }
    } }`;
    expect(await wavesOf(operation)).toEqual([ALL]);
  });

  it('does not depend on how the cells are divided', async () => {
    const divided = '(period: { from: "2021-01-01", to: "2021-12-31" }, interval: MONTH, by: [PROVINCE, AGENCY], geography: VN34)';
    expect(await wavesOf(`{ statistics${divided} { calls { total } referrals { cases } victims { persons } } }`)).toEqual([ALL]);
  });

  it('asks only the ministries asked about', async () => {
    expect(await wavesOf(`{ statistics${PERIOD} { victims { persons } } }`)).toEqual([['victims']]);
  });

  it('fetches the names of provinces and agencies in breakdowns when these are known, and nothing when only ids are asked for', async () => {
    const operation = (fields: string) => `{ statistics${PERIOD} {
      referrals { handoversByReceivingAgency { agency { ${fields} } handovers } }
      victims { byOriginProvince { originProvince { ${fields} } persons } }
    } }`;
    expect(await wavesOf(operation('id nameVi'))).toEqual([
      ['referrals', 'victims'],
      ['agencies', 'agencies'],
    ]);
    expect(await wavesOf(operation('id'))).toEqual([['referrals', 'victims']]);
  });
});

let composition: Composition;
let plan: QueryPlan | undefined;

beforeAll(async () => {
  composition = await openComposition(readSupergraph(resolve(SCHEMA, 'supergraph.graphql')), new Map(), {
    // The plan is all that is wanted; nothing is there to answer.
    ask: async () => ({ data: null, errors: [] }),
    log,
    overrideLabels: new Set(),
    sharing: createSharing({ onJoin: () => undefined }),
    onQueryPlan: (made) => {
      plan = made;
    },
  });
});
afterAll(() => composition.close());

const log = pino({ level: 'silent' });

async function wavesOf(query: string, variables: Record<string, unknown> = {}): Promise<Waves> {
  plan = undefined;
  const document = parse(query);
  const bounds = { signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY, priority: 'interactive' } as const;
  const context = createContext('query-plans', ANYBODY, bounds, log);
  expect(validate(composition.apiSchema, document)).toEqual([]);
  const answer = await composition.execute({ document, operation: getOperationAST(document) as OperationDefinitionNode, variables }, context);
  if (plan === undefined) throw new Error(`no plan: ${JSON.stringify(answer)}`);
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
