import type { Database, EngineDatabase, Sql } from '../database.ts';
import type { Reach } from '../reach.ts';
import type { ForeignIds } from './foreign-ids.ts';

/**
 * The database of a service whose requests know other ministries' ids as the graph has them: they are sealed on the way into every statement and
 * opened on the way out, here and nowhere else. Statements of the owner, as migrations and imports, see what is in the tables.
 */
export function keepForeignIds(database: EngineDatabase, ids: ForeignIds): Database {
  if (ids.columns.length === 0) return { ...database, foreignIds: ids };
  const sealed = (reach: () => Reach) => () => {
    const now = reach();
    return { ...now, passes: now.passes.map(ids.seal) };
  };
  return {
    ...database,
    foreignIds: ids,
    as: (reach, limit) => translating(database.as(sealed(reach), limit), ids),
    acting: (reach, work, limit) => database.acting(sealed(reach), (sql) => work(translating(sql, ids)), limit),
  };
}

function translating(sql: Sql, ids: ForeignIds): Sql {
  return {
    query: async <Row>(statement: string, parameters: readonly unknown[] = []) => {
      const rows = await sql.query<Row>(statement, parameters.map(ids.parameter));
      return rows.map((row) => ids.openRow(row));
    },
  };
}
