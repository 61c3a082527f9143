import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoAgencies, demoPlans } from '#demo/agencies.ts';
import { demoCalls } from '#demo/calls.ts';
import { demoCases, demoHandovers } from '#demo/referrals.ts';
import { demoSupports, demoVictims } from '#demo/victims.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeCsv } from '../../testkit/csv-files.ts';
import { FIGURES } from '../../testkit/figures.ts';
import { runImport } from '../../testkit/import-command.ts';
import { place, type World } from '../../testkit/records.ts';
import { type Answer, ask, ENGINE, type Service, type Stack, SUBGRAPHS, type SubgraphName, startService, startStack } from '../../testkit/stack.ts';
import { type CsvRow, inCell, parts, provincesOf, readCsv, type TallyCell } from '../../testkit/tally.ts';
import { expectProvenance, expectWellMade, figuresOnly } from './answers.ts';
import { type Asked, QUESTIONS, type Question, type Variables } from './catalogue.ts';

const ROOT = join(import.meta.dirname, '../../..');
const PROVINCES = join(ROOT, 'subgraphs/demo/data/provinces.csv');
const AGENCIES = ['c02', 'cuc-tre-em', 'hlhpn', 'pcmt-bdbp'];
const NAMES = new Map(readCsv(PROVINCES).map((row) => [`${row['scheme']}:${row['code']}`, row['nameVi']]));
const FILES = {
  agencies: demoAgencies,
  plans: demoPlans,
  calls: demoCalls,
  cases: demoCases,
  handovers: demoHandovers,
  victims: demoVictims,
  supports: demoSupports,
};

let stack: Stack;
/** What the files say. */
let world: World;
let plans: CsvRow[];

/**
 * On PostgreSQL the files are imported by the command. The embedded engine would take a minute for them: it has the same rows already, as demo
 * records, which are written by the same importer; import.test.ts imports files into it. What is expected is read from the files either way.
 */
const IMPORTED = ENGINE === 'postgresql';

beforeAll(async () => {
  stack = await startStack({ demo: !IMPORTED });
  await load('provinces', PROVINCES);
  const read: Record<string, CsvRow[]> = {};
  for (const [records, rows] of Object.entries(FILES)) {
    const file = writeCsv(join(stack.folder, `${records}.csv`), [...rows()]);
    await load(records, file);
    read[records] = readCsv(file);
  }
  const { calls = [], cases = [], handovers = [], victims = [], supports = [] } = read;
  world = place({ calls, cases, handovers, victims, supports });
  plans = read['plans'] ?? [];
}, 240_000);
afterAll(async () => {
  for (const service of restarted) await service.stop();
  await stack?.stop();
});

async function load(records: string, file: string): Promise<void> {
  if (!IMPORTED) return;
  const { code, output } = await runImport(stack.env, records, file);
  expect(code, output).toBe(0);
}

const restarted: Service[] = [];

/** Starts a service that was stopped, where it was. */
async function restart(name: SubgraphName): Promise<void> {
  const { port } = new URL(stack.subgraphs[name].url);
  restarted.push(await startService(`subgraphs/${name}/main.ts`, { ...stack.env, [`${name.toUpperCase()}_PORT`]: port }));
}

const document = (name: string) => readFileSync(join(ROOT, 'schema/operations', `${name}.graphql`), 'utf8');
const askQuestion = (name: string, variables: Readonly<Record<string, unknown>>) => ask(stack.gateway, document(name), variables);

/** The cells that are asked for, as the tests cut them. */
function cellsOf({ period: { from, to }, interval = null, by, geography = 'AS_RECORDED' }: Asked): TallyCell[] {
  const recorded = () => [...(to < '2025-07-01' ? [] : provincesOf('VN34')), ...provincesOf('VN63')];
  const provinces = by?.includes('PROVINCE') ? (geography === 'AS_RECORDED' ? recorded() : provincesOf(geography)) : [null];
  const agencies = by?.includes('AGENCY') ? AGENCIES : [null];
  return parts(from, to, interval).flatMap((part) => provinces.flatMap((province) => agencies.map((agency) => ({ ...part, province, agency }))));
}

// biome-ignore lint/suspicious/noExplicitAny: cells of an answer are read by paths that the figures know.
type Cell = any;

/** Every cell is where it was asked for, named in Vietnamese, and holds the figures that the files give. */
function expectCells(answered: Cell[], asked: Asked, figures: readonly string[]): void {
  const cells = cellsOf(asked);
  expect(answered.map(({ period, province, agency }) => ({ ...period, province: province?.id ?? null, agency: agency?.id ?? null }))).toEqual(cells);
  for (const [i, cell] of cells.entries()) {
    const got = answered[i];
    expect(got.id).toMatch(new RegExp(`^${cell.from}/${cell.to}\\|`));
    if (got.province) expect(got.province.nameVi).toBe(NAMES.get(cell.province ?? ''));
    if (got.agency) expect(got.agency.nameVi.length).toBeGreaterThan(2);
    expectWellMade(got);
    for (const name of figures) {
      const figure = FIGURES.find((one) => one.name === name);
      if (figure === undefined) throw new Error(`no figure ${name}`);
      const expected = figure.expect(inCell(world[figure.fact], cell, asked.geography === 'VN34'));
      expect({ [name]: asFarAs(expected, figure.read(figuresOnly(got))) }, JSON.stringify(cell)).toEqual({ [name]: expected });
    }
    expectRatios(got, cell, asked.geography === 'VN34');
  }
}

/** Without the shares that a document asks for besides (they are looked at by {@link expectWellMade}). */
function asFarAs(expected: Cell, got: Cell): Cell {
  if (Array.isArray(got)) return got.map((item, i) => asFarAs(expected[i] ?? {}, item));
  if (typeof got !== 'object' || got === null) return got;
  const kept = Object.entries(got).filter(([name]) => name in expected || !['share', 'shareBeyond'].includes(name));
  return Object.fromEntries(kept.map(([name, inner]) => [name, asFarAs(expected[name] ?? {}, inner)]));
}

/** Ratios whose parts two ministries count. */
function expectRatios({ calls, referrals }: Cell, cell: TallyCell, rolledUp: boolean): void {
  const count = (fact: keyof World) => inCell(world[fact], cell, rolledUp).length;
  if (calls?.referral) {
    expect(calls.referral).toMatchObject({
      casesFromCalls: count('casesFromCalls'),
      share: { numerator: count('casesFromCalls'), numeratorUnit: 'CASES', denominator: count('calls'), denominatorUnit: 'CALLS' },
    });
  }
  if (referrals?.persons) {
    expect(referrals.persons).toMatchObject({
      persons: count('victims'),
      perCase: { numerator: count('victims'), numeratorUnit: 'PERSONS', denominator: count('cases'), denominatorUnit: 'CASES' },
    });
  }
}

const variablesOf = (question: Question) => question.variables.map((variables): [string, Variables] => [JSON.stringify(variables), variables]);

describe(`the twenty questions on ${ENGINE}`, () => {
  it('are twenty, each asked by a document that says which it is', () => {
    expect(QUESTIONS.map(({ number }) => number)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    for (const { number, document: name } of QUESTIONS) expect(document(name)).toMatch(new RegExp(`^# ${number}\\. `));
  });

  describe.each(QUESTIONS)('$number, $document', (question) => {
    it.each(variablesOf(question))('gives what the files say: %s', async (_, variables) => {
      const { data, errors } = await askQuestion(question.document, variables);
      expect(errors).toBeUndefined();
      const roots = question.roots(variables);
      for (const [field, { figures = question.figures, ...asked }] of Object.entries(roots)) expectCells(data[field], asked, figures);
      expectProvenance(Object.fromEntries(Object.keys(roots).map((field) => [field, data[field]])), { synthetic: !IMPORTED });
    });
  });

  it('19: gives the results of every plan, with its members by name', async () => {
    const question = QUESTIONS.find(({ number }) => number === 19) as Question;
    const { data } = await askQuestion(question.document, question.variables[0] ?? {});
    expect(data.coordinationPlans.map((plan: Cell) => plan.id).sort()).toEqual(plans.map((row) => row['id']).sort());
    for (const { id, members, statistics } of data.coordinationPlans) {
      const plan = plans.find((row) => row['id'] === id);
      expect(members.map((member: Cell) => member.id).sort()).toEqual(plan?.['members']?.split(';').sort());
      expectCells([statistics], { period: { from: plan?.['validFrom'] ?? '', to: plan?.['validTo'] ?? '' } }, question.figures);
    }
  });

  it.each([16, 20])('%i: gives the names of the agencies beside', async (number) => {
    const question = QUESTIONS.find((one) => one.number === number) as Question;
    const { data } = await askQuestion(question.document, question.variables[0] ?? {});
    expect(data.agencies.map((agency: Cell) => agency.id)).toEqual(AGENCIES);
    expect(data.agencies.every((agency: Cell) => agency.nameVi && agency.nameEn)).toBe(true);
  });
});

/** Whose part of an answer a field is: names belong to the agencies service, and what crosses to whom it is sent. */
const CROSSES: Readonly<Record<string, SubgraphName>> = {
  'calls.referral.casesFromCalls': 'referrals',
  'calls.referral.share': 'referrals',
  'referrals.persons.persons': 'victims',
  'referrals.persons.perCase': 'victims',
  'referrals.sharedCases.persons': 'victims',
  'referrals.sharedCases.identified': 'victims',
  'victims.identifiedCases.byCallerType': 'referrals',
  'victims.identifiedCases.withoutCall': 'referrals',
  'victims.identifiedCases.unknown': 'referrals',
  'victims.minorCases.referred': 'referrals',
  'victims.minorCases.referredShare': 'referrals',
  'victims.minorCases.byAgency': 'referrals',
};

/** The answer as it must be without a service: its part is null, everything else as before. */
function without(data: Cell, service: string): Cell {
  const take = (value: Cell, path: string): Cell => {
    if (Array.isArray(value)) return value.map((item) => take(item, path));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => {
        const at = path === '' ? name : `${path}.${name}`;
        const within = /(calls|referrals|victims)\..*/.exec(at)?.[0] ?? '';
        const gone = (name === service && typeof inner === 'object') || CROSSES[within] === service || (service === 'agencies' && /^name(Vi|En)$/.test(name));
        return [name, gone ? null : take(inner, at)];
      }),
    );
  };
  const rootOfAgencies = (name: string) => service === 'agencies' && (name === 'agencies' || name === 'coordinationPlans');
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, rootOfAgencies(name) ? null : take(value, '')]));
}

describe(`the twenty questions on ${ENGINE} with one service down`, () => {
  const whole = new Map<number, Answer>();
  // By agency, so that every answer has names in it.
  const first = ({ document: name, variables }: Question) =>
    askQuestion(name, { ...variables[0], ...(document(name).includes('$by:') ? { by: ['AGENCY'] } : {}) });

  beforeAll(async () => {
    for (const question of QUESTIONS) whole.set(question.number, await first(question));
  });

  it.each(SUBGRAPHS)(
    'name %s where it is missing, and are as before in every other part',
    async (service) => {
      await stack.subgraphs[service].stop();
      try {
        for (const question of QUESTIONS) {
          const { data, errors = [] } = await first(question);
          const before = whole.get(question.number)?.data;
          const expected = without(before, service);
          const missing = JSON.stringify(expected) === JSON.stringify(before) ? [] : [{ code: 'SUBGRAPH_UNAVAILABLE', service }];
          const named = errors.map(({ extensions }) => ({ code: extensions?.['code'], service: extensions?.['service'] }));
          expect(named, `${question.document} without ${service}`).toEqual(missing);
          expect(data, `${question.document} without ${service}`).toEqual(expected);
        }
      } finally {
        await restart(service);
        // The gateway does not ask at once again who has failed it; the funnel needs all of them.
        const funnel = QUESTIONS.find(({ number }) => number === 5) as Question;
        await expect.poll(async () => (await first(funnel)).errors, { timeout: 20_000 }).toBeUndefined();
      }
    },
    120_000,
  );
});
