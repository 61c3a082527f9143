/** Does a sequence of acts in the subgraphs' real databases and in the model, and holds the two against each other. */
import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { makeCasePass } from '#schema/case-pass.ts';
import type { Act, Acting } from '#shared/acts/act.ts';
import { perform } from '#shared/acts/perform.ts';
import type { Database } from '#shared/database.ts';
import { acts as agencyActs } from '../../../subgraphs/agencies/acts.ts';
import { acts as callActs } from '../../../subgraphs/calls/acts.ts';
import { acts as referralActs } from '../../../subgraphs/referrals/acts.ts';
import { acts as victimActs } from '../../../subgraphs/victims/acts.ts';
import { acting, PASS_KEY } from '../../testkit/acting.ts';
import { type Counted, differences } from '../../testkit/recount.ts';
import { SUBGRAPHS, type SubgraphName, scratchDatabases } from '../../testkit/stack.ts';
import { openTables } from '../../testkit/tables.ts';
import { agencies } from './model-agencies.ts';
import { calls } from './model-calls.ts';
import { referrals } from './model-referrals.ts';
import { victims } from './model-victims.ts';
import { type Request, type Step, toRequest } from './steps.ts';
import { type Kind, type ModelAct, type Outcome, type Values, World } from './world.ts';

type Acts = Readonly<Record<string, Act>>;

/** The product's acts, by subgraph. */
export const PRODUCT: Readonly<Record<SubgraphName, Acts>> = { agencies: agencyActs, calls: callActs, referrals: referralActs, victims: victimActs };
const MODEL: Readonly<Record<SubgraphName, Readonly<Record<string, ModelAct>>>> = { agencies, calls, referrals, victims };

const KEY = 'a key for tests of acts';
const COUNTED: readonly Counted[] = ['calls', 'referrals', 'victims'];

/** The five agencies of a sequence, by what they are called after its prefix. */
const AGENCIES = { hotline: 'CHILD_PROTECTION', police: 'POLICE', union: 'WOMENS_UNION', ngo: 'NGO', stranger: null } as const;
const PROVINCES = new Map([
  ['VN63:01', { from: null, to: '2025-06-30' }],
  ['VN34:01', { from: '2025-07-01', to: null }],
]);

/** Databases of the four subgraphs in which sequences are done. */
export interface Field {
  readonly databases: Readonly<Record<SubgraphName, Database>>;
  readonly acts: Readonly<Record<SubgraphName, Acts>>;
  /** How often each act was done, and each refusal given. */
  readonly seen: Map<string, number>;
  close(): Promise<void>;
}

/** Opens new databases. `acts` may be other acts than the product's, to see them caught. */
export async function openField(acts: Field['acts'] = PRODUCT): Promise<Field> {
  const scratch = await scratchDatabases('tables');
  const opened: Partial<Record<SubgraphName, Database>> = {};
  const close = async () => {
    for (const database of Object.values(opened)) await database.close();
    await scratch.drop();
  };
  try {
    for (const name of SUBGRAPHS) {
      const database = await openTables(name, scratch.env);
      opened[name] = database;
      for (const [id, { from, to }] of PROVINCES) {
        await database.query("INSERT INTO reference (kind, id, valid_from, valid_to) VALUES ('province', $1, $2, $3)", [id, from, to]);
      }
      // Only the campaign asks for all that one agency did.
      await database.query('CREATE INDEX campaign_event ON record_event (agency)');
    }
    await opened.referrals?.query('CREATE INDEX campaign_handover ON handover (from_agency)');
    return { databases: opened as Record<SubgraphName, Database>, acts, seen: new Map(), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Does the steps. Throws with all requests so far when an answer, a record, an event or (where `counting`) a rollup is not as it should be.
 */
export async function runSequence(field: Field, steps: readonly Step[], { counting }: { counting: boolean }): Promise<void> {
  const prefix = `s${randomBytes(6).toString('hex')}`;
  const own = new Map(Object.entries(AGENCIES).map(([name, type]) => [`${prefix}-${name}`, type] as const));
  for (const name of SUBGRAPHS) {
    const statement = `INSERT INTO reference (kind, id, type) SELECT 'agency', * FROM unnest($1::text[], $2::text[])`;
    await field.databases[name].query(statement, [[...own.keys()], [...own.values()]]);
  }
  const world = new World(own, PROVINCES);
  const requests: Request[] = [];
  const fail = (what: string, found: unknown, expected: unknown): never => {
    const told = requests.map(({ act, input }, i) => `  ${i + 1}. ${act} ${JSON.stringify(input)}`).join('\n');
    throw new Error(`${what}\n  is        ${JSON.stringify(found)}\n  should be ${JSON.stringify(expected)}\nafter\n${told}`);
  };
  for (const step of steps) {
    const request = toRequest(step, world, prefix, requests);
    requests.push(request);
    const { found, expected } = await both(field, world, request);
    if (!isDeepStrictEqual(found, expected)) fail(`the answer to ${request.act}`, found, expected);
    for (const what of expected.refusals.length > 0 ? expected.refusals : [request.act]) count(field, what.split(' ')[0] ?? '');
  }
  for (const name of SUBGRAPHS) {
    const left = await whatIsThere(field.databases[name], name, prefix, world);
    const should = whatShouldBe(world, name);
    for (const part of ['records', 'events', 'halves'] as const) {
      if (!isDeepStrictEqual(left[part], should[part])) fail(`${part} of ${name}`, left[part], should[part]);
    }
  }
  if (!counting) return;
  for (const name of COUNTED) {
    const wrong = (await differences(field.databases[name], name)).filter(({ agency }) => String(agency).startsWith(prefix));
    if (wrong.length > 0) fail(`rollups of ${name}`, wrong, []);
  }
}

/** Counts that stand in the rollups and not in the records, or the other way round, over all that was done. */
export async function wrongCounts(field: Field): Promise<Values[]> {
  const wrong: Values[] = [];
  for (const name of COUNTED) wrong.push(...(await differences(field.databases[name], name)).map((one) => ({ subgraph: name, ...one })));
  return wrong;
}

/** Does the request in the product and in the model. */
async function both(field: Field, world: World, { act: name, input }: Request): Promise<{ found: Outcome; expected: Outcome }> {
  const subgraph = SUBGRAPHS.find((one) => name in MODEL[one]) as SubgraphName;
  const told = { now: new Date(), id: '' };
  const act = observed(field.acts[subgraph][name] as Act, told);
  const began = Date.now();
  const { agencyId, actor, ...asked } = input;
  const parts = acting(String(agencyId), String(actor));
  const payload = await perform(name, act, { ...asked, ...passOf(input) } as never, {
    ...parts,
    database: field.databases[subgraph],
    recordIdKey: KEY,
    failpoints: { reach: () => undefined },
    onStatement: () => undefined,
  });
  if (told.now.getTime() < began - 1_000 || told.now.getTime() > Date.now() + 1_000) throw new Error(`the database's clock is at ${told.now.toISOString()}`);
  const model = MODEL[subgraph][name] as ModelAct;
  const expected = world.perform(subgraph, name, model, input, told);
  const refusals = payload.userErrors.map(({ code, path }) => `${code} ${path.slice(1).join('.')}`.trim());
  const record = payload.record === null ? null : inJson(payload.record);
  return {
    found: { refusals: refusals.sort(), record: forComparison(model.kind, record) },
    expected: { refusals: [...expected.refusals].sort(), record: forComparison(model.kind, expected.record) },
  };
}

/** The pass that is said to be shown. */
function passOf({ agencyId, caseId, casePass }: Values): { casePass?: string | null } {
  const make = (agency: unknown, id: unknown, now?: number) => ({ casePass: makeCasePass(PASS_KEY, String(agency), String(id), now) });
  switch (casePass) {
    case 'good':
      return make(agencyId, caseId);
    case 'expired':
      return make(agencyId, caseId, Date.now() - 61_000);
    case 'of another agency':
      return make('another', caseId);
    case 'of another case':
      return make(agencyId, `${caseId}0`);
    default:
      return {};
  }
}

/** The act, telling the clock that it goes by and the id that it makes, which no model can know. */
function observed(act: Act, told: { now: Date; id: string }): Act {
  const decide: Act['decide'] = (record, input, acting) => {
    told.now = acting.now;
    const newId: Acting['newId'] = (kind) => {
      told.id = acting.newId(kind);
      return told.id;
    };
    return act.decide(record, input, { ...acting, newId });
  };
  return { ...act, decide };
}

/** An agency's record is its versions, read otherwise by an act that found the record changed meanwhile: compared in the end. */
function forComparison(kind: Kind, record: Values | null): Values | null {
  if (record === null || kind !== 'agency') return record;
  const versions = (record['versions'] ?? []) as Values[];
  return { id: record['id'], version: record['version'] ?? versions[0]?.['version'] };
}

const TABLES: Readonly<Record<SubgraphName, readonly (readonly [table: string, kind: Kind, where: string])[]>> = {
  calls: [['call', 'call', 'agency = ANY($1)']],
  referrals: [
    ['referral_case', 'case', 'agency = ANY($1)'],
    ['handover', 'handover', 'from_agency = ANY($1)'],
  ],
  victims: [
    ['victim', 'victim', 'agency = ANY($1)'],
    ['support_service', 'support', 'agency = ANY($1)'],
  ],
  agencies: [],
};

async function whatIsThere(database: Database, name: SubgraphName, prefix: string, world: World) {
  const agencyIds = [...world.agencies.keys()];
  const { openRow } = database.foreignIds;
  const records: Record<string, Values> = {};
  for (const [table, , where] of TABLES[name]) {
    const rows = await database.query<Values>(`SELECT * FROM ${table} WHERE ${where}`, [agencyIds]);
    for (const row of rows) records[String(row['id'])] = known(openRow(inJson(row)), world);
  }
  if (name === 'agencies') await secretariat(database, prefix, records);
  const events = await database.query<Values>(
    'SELECT kind, record_id, act, state, at, agency, actor, changes FROM record_event WHERE agency = ANY($1) ORDER BY id',
    [agencyIds],
  );
  const halves = await database.query<Values>('SELECT key FROM act WHERE agency = ANY($1) AND answer IS NULL', [agencyIds]);
  return { records, events: events.map((event) => inOrder(openRow(event))), halves };
}

async function secretariat(database: Database, prefix: string, records: Record<string, Values>): Promise<void> {
  const day = (column: string) => `CASE WHEN isfinite(${column}) THEN ${column}::text END`;
  const versions = await database.query<Values>(
    `SELECT agency_id, a.version, ${day('valid_from')} AS "validFrom", ${day('valid_to')} AS "validTo", type, name_vi, name_en, parent_vi, parent_en
     FROM agency_version v JOIN agency a ON a.id = v.agency_id WHERE agency_id LIKE $1 ORDER BY v.valid_from`,
    [`${prefix}%`],
  );
  for (const { agency_id: id, version, ...own } of versions) {
    const before = records[String(id)] as { versions: Values[] } | undefined;
    records[String(id)] = { id, version, versions: [...(before?.versions ?? []), inJson(own)] };
  }
  const plans = await database.query<Values>(
    `SELECT id, name_vi, name_en, valid_from::text, valid_to::text, members, version FROM coordination_plan WHERE id LIKE $1`,
    [`${prefix}%`],
  );
  for (const plan of plans) records[String(plan['id'])] = inJson(plan);
}

function whatShouldBe(world: World, name: SubgraphName) {
  const kinds = Object.values(MODEL[name]).map(({ kind }) => kind);
  const records = [...world.records].filter(([, { kind }]) => kinds.includes(kind)).map(([id, { values }]) => [id, values] as const);
  const events = world.events.filter(({ kind }) => kinds.includes(kind)).map((event) => inOrder(event as unknown as Values));
  return { records: Object.fromEntries(records), events, halves: [] as Values[] };
}

/** A row as JSON has it, by the names that its columns have in the graph. */
function inJson(row: Readonly<Values>): Values {
  const own = Object.entries(JSON.parse(JSON.stringify(row)) as Values);
  const named = own.map(([column, value]) => [column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()), value] as const);
  return Object.fromEntries(named.map(([name, value]) => [name, value !== null && /^at$|At$/.test(name) ? new Date(String(value)).toISOString() : value]));
}

/** The fields that the model has of a record, of a row in JSON; the others are kept for figures, and held against the records by the recount. */
function known(row: Values, world: World): Values {
  const should = world.records.get(String(row['id']))?.values ?? row;
  return Object.fromEntries(Object.entries(row).filter(([name]) => name in should));
}

function inOrder(event: Values): Values {
  const own = inJson(event);
  return { ...own, changes: (own['changes'] as Values[]).toSorted((a, b) => (String(a['field']) < String(b['field']) ? -1 : 1)) };
}

function count(field: Field, what: string): void {
  field.seen.set(what, (field.seen.get(what) ?? 0) + 1);
}
