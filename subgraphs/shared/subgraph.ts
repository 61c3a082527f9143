import type { EntitySchema } from '@mikro-orm/core';
import type { GraphQLScalarType } from 'graphql';
import type DataLoader from 'dataloader';
import type { Logger } from 'pino';
import type { FieldAccess } from './access/enforcement.ts';
import type { Act, ActInput } from './acts/act.ts';
import type { Payload } from './acts/perform.ts';
import type { Caller } from '#schema/identity.ts';
import type { Sql } from './database.ts';
import type { ForeignColumn } from './foreign-ids/foreign-ids.ts';
import type { Reach } from './reach.ts';
import type { ImportSpec } from './import/spec.ts';
import type { Settings, SettingSpecs } from './settings.ts';

/** What a resolver is given besides its parent and arguments: made anew for every request. */
export interface RequestContext<Loaders = unknown> {
  readonly requestId: string;
  readonly log: Logger;
  /** On whose behalf the gateway asks, with what this ministry grants of it. */
  readonly caller: Caller;
  /** Which fields the caller may read. */
  readonly access: FieldAccess;
  /** Which records the caller may see. */
  readonly reach: Reach;
  /** What whoever runs the subgraph has set, by name. */
  readonly settings: Settings;
  /** Seals sets of records for other subgraphs, see schema/sealed-keys.ts; 32 bytes, the same in every subgraph. */
  readonly sealingKey: Buffer;
  /** Makes and verifies passes, see reach.ts; 32 bytes, the same in every subgraph. */
  readonly passKey: Buffer;
  /** The database, for records; counts the request's statements. */
  readonly sql: Sql;
  /** The same for figures, which count records that the caller may not see one by one. */
  readonly figures: Sql;
  readonly loaders: Loaders;
  /** Does an act, see acts/perform.ts. What loaders have read before is forgotten: it may have changed. */
  perform(name: string, act: Act, input: ActInput): Promise<Payload>;
  /** The loader of a request under `name`, made by `make` when the request first asks for it. */
  loader<K, V, C = K>(name: string, make: () => DataLoader<K, V, C>): DataLoader<K, V, C>;
}

/** `(parent, arguments, context)` → value, as graphql-js calls it. */
// biome-ignore lint/suspicious/noExplicitAny: graphql-js gives parents and arguments no type either; each resolver states its own.
export type Resolver = (parent: any, args: any, context: RequestContext<any>) => unknown;

/** Resolvers by type and field; `__resolveReference` has `(reference, context)`. */
export type Resolvers = Record<string, GraphQLScalarType | Record<string, Resolver | ((reference: never, context: never) => unknown)>>;

/** Synthetic records for an empty database: rows as in a CSV of the import `records`. */
export interface DemoRecords {
  readonly records: string;
  readonly rows: () => Iterable<Readonly<Record<string, string>>>;
}

/** One ministry's service: all that `shared/` needs to run it. */
export interface Subgraph<Loaders = unknown> {
  readonly name: string;
  readonly port: number;
  /** The folder with schema.graphql and migrations/. */
  readonly folder: string;
  readonly entities: readonly EntitySchema[];
  /** The columns with ids of other ministries' records. */
  readonly foreign?: readonly ForeignColumn[];
  readonly resolvers: Resolvers;
  /** The batched reads of one request, of the records that it may see. */
  readonly loaders: (sql: Sql, reach: Reach) => Loaders;
  /** What can be imported, by the name of the records. */
  readonly imports: Readonly<Record<string, ImportSpec>>;
  /** What may be set otherwise where it runs, by name; `.env.example` lists them. */
  readonly settings?: SettingSpecs;
  /** In the order in which they must be written. */
  readonly demo: readonly DemoRecords[];
}
