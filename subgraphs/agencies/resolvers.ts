import { today } from '#schema/dates.ts';
import { DateScalar, GeographyScalar } from '#schema/scalars.ts';
import { resolveCell } from '#shared/figures.ts';
import type { Row } from '#shared/records.ts';
import type { RequestContext, Resolver, Resolvers } from '#shared/subgraph.ts';
import type { Agency, Loaders } from './loaders.ts';
import { indicators, type RequiredFigures, type StatisticsArguments, statistics } from './statistics.ts';

type Context = RequestContext<Loaders>;

/** What the agencies subgraph answers. */
export const resolvers: Resolvers = {
  Date: DateScalar,
  Geography: GeographyScalar,
  Query: {
    statistics: (_: unknown, args: StatisticsArguments, context: Context) => statistics(args, context),
    provinces: async (_: unknown, { scheme }: { scheme?: string | null }, { loaders }: Context) =>
      (await loaders.allProvinces()).filter((province) => !scheme || province['scheme'] === scheme),
    province: (_: unknown, { id }: { id: string }, { loaders }: Context) => loaders.provinces.load(id),
    agencies: (_: unknown, __: unknown, { loaders }: Context) => loaders.allAgencies(),
    agency: (_: unknown, { id }: { id: string }, { loaders }: Context) => loaders.agencies.load(id),
    coordinationPlans: (_: unknown, __: unknown, { loaders }: Context) => loaders.allPlans(),
  },
  StatisticsCell: {
    __resolveReference: (cell: { id: string }) => {
      const { from, to, province, agency } = resolveCell(cell);
      return { ...cell, period: { from, to }, provinceId: province?.id ?? null, agencyId: agency };
    },
    province: ({ provinceId }: { provinceId: string | null }, _: unknown, { loaders }: Context) =>
      provinceId === null ? null : loaders.provinces.load(provinceId),
    agency: ({ agencyId }: { agencyId: string | null }, _: unknown, { loaders }: Context) => (agencyId === null ? null : loaders.agencies.load(agencyId)),
    indicators: (figures: RequiredFigures) => indicators(figures),
  },
  Province: {
    __resolveReference: ({ id }: { id: string }, { loaders }: Context) => loaders.provinces.load(id),
    successor: ({ successor }: Row, _: unknown, { loaders }: Context) => (successor ? loaders.provinces.load(String(successor)) : null),
  },
  Agency: {
    __resolveReference: ({ id }: { id: string }, { loaders }: Context) => loaders.agencies.load(id),
    ...Object.fromEntries(['type', 'nameVi', 'nameEn', 'parentVi', 'parentEn'].map((field) => [field, inForce(field)])),
  },
  CoordinationPlan: {
    __resolveReference: ({ id }: { id: string }, { loaders }: Context) => loaders.plans.load(id),
    members: async ({ members }: Row, _: unknown, { loaders }: Context) =>
      (await loaders.agencies.loadMany(members as string[])).filter((agency) => agency !== null),
  },
};

/** A field of the version in force on the day asked about, today by default; of the nearest version where none is in force. */
function inForce(field: string): Resolver {
  return ({ versions }: Agency, { on }: { on?: string | null }) => {
    const day = on ?? today();
    const begun = versions.filter(({ validFrom }) => validFrom === null || String(validFrom) <= day);
    return (begun.at(-1) ?? versions[0])?.[field];
  };
}
