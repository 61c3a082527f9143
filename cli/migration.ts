import { join } from 'node:path';
import { Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/pglite';

/**
 * `npm run migration -- <subgraph> <name>`: writes the migration that brings the tables from the snapshot beside the migrations to what
 * entities.ts says now, and the new snapshot. Needs no database: the two are compared as files.
 */
const [subgraph, name] = process.argv.slice(2);
if (subgraph === undefined || name === undefined || !/^\w+$/.test(name)) {
  console.error('usage: npm run migration -- <subgraph> <name_of_the_change>');
  process.exit(2);
}
const folder = join(import.meta.dirname, '..', 'subgraphs', subgraph);
const { entities } = (await import(join(folder, 'entities.ts'))) as { entities: never[] };
const orm = await MikroORM.init({
  entities,
  extensions: [Migrator],
  dbName: 'memory://',
  migrations: { path: join(folder, 'migrations'), glob: 'Migration*.ts', snapshotName: '.snapshot', disableForeignKeys: false },
});
const migration = await orm.migrator.create(undefined, false, false, name);
console.log(migration.fileName === '' ? 'the tables are what entities.ts says: nothing to do' : `written: ${join(folder, 'migrations', migration.fileName)}`);
await orm.close();
