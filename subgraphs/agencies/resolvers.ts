import { today } from '#schema/dates.ts';
import { kindOfId, type RecordKind } from '#schema/record-kinds.ts';
import { DateScalar, DateTimeScalar, GeographyScalar } from '#schema/scalars.ts';
import { mutationFields } from '#shared/acts/mutations.ts';
import { eventFields, eventsField } from '#shared/lists/events.ts';
import { mustExist, type Row } from '#shared/records.ts';
import { type Cell, cellFields, statisticsQuery } from '#shared/statistics-root.ts';
import type { RequestContext, Resolver, Resolvers } from '#shared/subgraph.ts';
import { acts } from './acts.ts';
import type { Agency, Loaders } from './loaders.ts';
import { inForce } from './rules.ts';
import { planStatistics } from './statistics.ts';

type Context = RequestContext<Loaders>;

/** What the agencies subgraph answers. */
export const resolvers: Resolvers = {
  Date: DateScalar,
  DateTime: DateTimeScalar,
  Geography: GeographyScalar,
  Query: {
    ...statisticsQuery,
    provinces: async (_: unknown, { scheme }: { scheme?: string | null }, { loaders }: Context) =>
      (await loaders.allProvinces()).filter((province) => !scheme || province['scheme'] === scheme),
    province: (_: unknown, { id }: { id: string }, { loaders }: Context) => loaders.provinces.load(id),
    agencies: (_: unknown, __: unknown, { loaders }: Context) => loaders.allAgencies(),
    agency: (_: unknown, { id }: { id: string }, { loaders }: Context) => loaders.agencies.load(id),
    coordinationPlans: (_: unknown, __: unknown, { loaders }: Context) => loaders.allPlans(),
    coordinationPlan: (_: unknown, { id }: { id: string }, { loaders }: Context) => loaders.plans.load(id),
    node: (_: unknown, { id }: { id: string }, context: Context) => node(id, context),
  },
  Mutation: mutationFields(acts),
  StatisticsCell: {
    ...cellFields,
    province: ({ coordinates: { province } }: Cell, _: unknown, { loaders }: Context) => (province === null ? null : loaders.provinces.load(province.id)),
    agency: ({ coordinates: { agency } }: Cell, _: unknown, { loaders }: Context) => (agency === null ? null : loaders.agencies.load(agency)),
  },
  Province: {
    __resolveReference: mustExist('Province', ({ loaders }: Context) => loaders.provinces),
    successor: ({ successor }: Row, _: unknown, { loaders }: Context) => (successor ? loaders.provinces.load(String(successor)) : null),
    predecessors: ({ id }: Row, _: unknown, { loaders }: Context) => loaders.predecessors.load(String(id)),
  },
  Agency: {
    __resolveReference: mustExist('Agency', ({ loaders }: Context) => loaders.agencies),
    ...Object.fromEntries(['type', 'nameVi', 'nameEn', 'parentVi', 'parentEn'].map((field) => [field, onDay(field)])),
    version: ({ versions }: Agency) => versions[0]?.['version'],
    plans: async ({ id }: Agency, _: unknown, { loaders }: Context) => (await loaders.allPlans()).filter(({ members }) => (members as string[]).includes(id)),
    events: eventsField('agency'),
  },
  CoordinationPlan: {
    __resolveReference: mustExist('CoordinationPlan', ({ loaders }: Context) => loaders.plans),
    members: async ({ members }: Row, _: unknown, { loaders }: Context) =>
      (await loaders.agencies.loadMany(members as string[])).filter((agency) => agency !== null),
    statistics: planStatistics,
    events: eventsField('plan'),
  },
  // The answer to an act has the versions with it; where the act was refused, the agency is read.
  AgencyPayload: {
    record: ({ record }: { record: Row | null }, _: unknown, { loaders }: Context) =>
      record === null || 'versions' in record ? record : loaders.agencies.load(String(record['id'])),
  },
  RecordEvent: {
    ...eventFields,
    agency: ({ agency }: Row, _: unknown, { loaders }: Context) => (agency === null ? null : loaders.agencies.load(String(agency))),
  },
};

/** A field of the version in force on the day asked about, today by default. */
function onDay(field: string): Resolver {
  return ({ versions }: Agency, { on }: { on?: string | null }) => inForce(versions, on ?? today())?.[field];
}

/** The types of other ministries' records in the graph. */
const TYPES: Readonly<Record<RecordKind, string>> = { call: 'Call', case: 'ReferralCase', handover: 'Handover', victim: 'Victim', support: 'SupportService' };

/** What has the id: of another ministry's record the kind alone is known here. */
async function node(id: string, { loaders }: Context): Promise<object | null> {
  const kind = kindOfId(id);
  if (kind !== undefined) return { __typename: TYPES[kind], id };
  const [province, agency, plan] = await Promise.all([loaders.provinces.load(id), loaders.agencies.load(id), loaders.plans.load(id)]);
  if (province !== null) return { __typename: 'Province', ...province };
  if (agency !== null) return { __typename: 'Agency', ...agency };
  return plan === null ? null : { __typename: 'CoordinationPlan', ...plan };
}
