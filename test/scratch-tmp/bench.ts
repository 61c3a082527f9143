import { join } from 'node:path';
import { openDatabase } from '#shared/database.ts';
import { scratchDatabases } from '../testkit/stack.ts';
const scratch = await scratchDatabases();
const folder = join('/work/main/subgraphs', 'calls');
const { entities } = await import(join(folder, 'entities.ts'));
const url = scratch.env['CALLS_DATABASE_URL'];
const alter = async () => {const { default: pg } = await import("pg"); const c = new pg.Client(url!); await c.connect(); await c.query("ALTER DATABASE " + new URL(url!).pathname.slice(1) + " SET jit = off"); await c.end();}; if (url) await alter();
const d = await openDatabase(url ? { engine: 'postgresql', url } : { engine: 'pglite', folder: join(scratch.folder, 'calls')}, { entities, migrations: join(folder, 'migrations') });
await d.migrate(); 

const N = Number(process.argv[2] ?? 300000);
const ins = (lo: number, hi: number) => d.query(`INSERT INTO call (id, source, external_id, received_at, category, topics, caller_type, caller_sex, caller_age_band, channel, province, agency)
 SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 's', n::text, '2013-10-01'::timestamptz + (hashint4(n) & 2147483647) % 3650 * interval '1 day', (ARRAY['INFORMATION','COUNSELLING','REFERRAL'])[1 + n % 3], ARRAY[(ARRAY['LEGAL','SHELTER','MEDICAL','FINANCIAL','PSYCHOLOGICAL'])[1 + n % 5]],
 'PUBLIC', (ARRAY['FEMALE','MALE','UNKNOWN'])[1 + n % 3], 'AGE_19_25', 'PHONE', 'VN63:' || (hashint4(n + 7) & 2147483647) % 63, 'a' FROM generate_series(${lo}, ${hi}) n`);
const time = async (what: string, f: () => Promise<unknown>) => { const t = performance.now(); await f(); console.log(what, Math.round(performance.now() - t), 'ms'); };
await time(`insert ${N}`, () => ins(1, N));
await time(`insert ${N} again others`, () => ins(N + 1, 2 * N));
await time('update 50000', () => d.query("UPDATE call SET category = 'INFORMATION', province = 'X' WHERE external_id::int <= 50000"));
await time('300 single inserts', async () => { for (let i = 0; i < 300; i++) await ins(2 * N + 1 + i, 2 * N + 1 + i); });
await d.close(); await scratch.drop();
