import type DataLoader from 'dataloader';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DateTimeScalar } from '#schema/scalars.ts';
import type { Database } from '#shared/database.ts';
import { eventFields, eventsField } from '#shared/lists/events.ts';
import type { Row } from '#shared/records.ts';
import type { RequestContext } from '#shared/subgraph.ts';
import { ENGINE, scratchDatabases } from '../../../testkit/stack.ts';
import { openTables } from '../../../testkit/tables.ts';

let scratch: Awaited<ReturnType<typeof scratchDatabases>>;
let database: Database;

beforeAll(async () => {
  scratch = await scratchDatabases('tables');
  database = await openTables('calls', scratch.env);
  await database.query(
    `INSERT INTO record_event (kind, record_id, act, at, agency, actor, changes)
     SELECT 'call', CASE WHEN n % 3 = 0 THEN 'b' ELSE 'a' END, 'act ' || n, '2021-01-31T17:00:00Z', 'c02', 'officer 7', '[]' FROM generate_series(1, 900) n`,
  );
  await database.query(`INSERT INTO record_event (kind, record_id, act, at, changes) VALUES ('plan', 'a', 'planUpsert', '2021-01-31T17:00:00Z', $1)`, [
    JSON.stringify([
      { field: 'text', from: 'was "this"', to: '' },
      { field: 'list', from: ['A', 'B'], to: [] },
      { field: 'none', from: null },
      { field: 'number', from: 0, to: false },
    ]),
  ]);
});
afterAll(async () => {
  await database?.close();
  await scratch?.drop();
});

function request() {
  let statements = 0;
  const loaders = new Map<string, DataLoader<unknown, unknown>>();
  const context = {
    sql: { query: (statement: string, parameters: unknown[]) => database.query(statement, parameters).finally(() => (statements += 1)) },
    loader: (name: string, make: () => DataLoader<unknown, unknown>) => loaders.get(name) ?? loaders.set(name, make()).get(name),
  };
  const eventsOf = (kind: string, id: string) => eventsField(kind)({ id }, {}, context as unknown as RequestContext) as Promise<Row[]>;
  return { eventsOf, statements: () => statements };
}

describe(`the events of records on ${ENGINE}`, () => {
  it('are those of the record and its kind, in the order in which they were recorded, at most 500; one statement for all records', async () => {
    const { eventsOf, statements } = request();
    const [a, b, nobody] = await Promise.all([eventsOf('call', 'a'), eventsOf('call', 'b'), eventsOf('call', 'nobody')]);
    expect(statements()).toBe(1);
    const numbers = Array.from({ length: 900 }, (_, n) => n + 1);
    expect(a?.map(({ act }) => act)).toEqual(
      numbers
        .filter((n) => n % 3 !== 0)
        .slice(0, 500)
        .map((n) => `act ${n}`),
    );
    expect(b).toHaveLength(300);
    expect(nobody).toEqual([]);
    expect(a?.[0]).toMatchObject({ id: expect.stringMatching(/^call:\d+$/), agency: 'c02', actor: 'officer 7' });
    expect(DateTimeScalar.serialize(a?.[0]?.['at'])).toBe('2021-01-31T17:00:00.000Z');
  });

  it('say what changed as text: text as it is, nothing as nothing, all else as JSON', async () => {
    const [event] = await request().eventsOf('plan', 'a');
    expect(eventFields['changes']?.(event, {}, {} as RequestContext)).toEqual([
      { field: 'text', from: 'was "this"', to: '' },
      { field: 'list', from: '["A","B"]', to: '[]' },
      { field: 'none', from: null, to: null },
      { field: 'number', from: '0', to: 'false' },
    ]);
    expect(eventFields['agency']?.(event, {}, {} as RequestContext)).toBeNull();
  });
});
