/**
 * Who may read what: written from the issue and the domain's table "Who may see what", not from the code. A reviewer reads this file; a field that
 * no row names fails the matrix, and so does a row that names no field.
 */
import type { Purpose, Role } from '#schema/access.ts';

/** Who a field is for: the roles, and for which purposes the ministry that owns the record grants it to them; `any`: also for none. */
export type Audience = Readonly<Partial<Record<Role, readonly Purpose[] | 'any'>>>;

const WORK: readonly Purpose[] = ['CASE_WORK', 'INVESTIGATION', 'SUPPORT'];
const WATCH: readonly Purpose[] = ['COORDINATION', 'OVERSIGHT'];
const KNOWN = { dashboard: 'any', officer: 'any', coordinator: 'any', 'data-protection-officer': 'any', secretary: 'any', developer: 'any' } as const;

export const AUDIENCES = {
  /** Reference data: everybody's, also without a token. */
  everybody: { public: 'any', ...KNOWN },
  /** Who changed reference data: whoever is known. */
  known: KNOWN,
  /** Exact counts are for coordinators; everyone else reads releases. */
  figures: { coordinator: ['COORDINATION', 'STATISTICS', 'OVERSIGHT'] },
  /** The hotline's records: officers of the agency whose they are. */
  calls: { officer: WORK },
  /** Cases: the agencies', and coordinators', who see them without personal details, and those who watch over data. */
  cases: { officer: [...WORK, 'COORDINATION'], coordinator: WATCH, 'data-protection-officer': WATCH },
  /** That there is a person, and where it stands. */
  persons: { officer: WORK, coordinator: WATCH, 'data-protection-officer': WATCH },
  /** Personal details: officers alone. */
  details: { officer: WORK },
  /** Who read it. */
  log: { coordinator: WATCH, 'data-protection-officer': WATCH },
  callActs: { officer: WORK },
  caseActs: { officer: [...WORK, 'COORDINATION'] },
  personActs: { officer: WORK },
  registerActs: { secretary: ['COORDINATION'] },
} as const satisfies Record<string, Audience>;

/** By `Type.field` or `Type.*`; the first row that fits counts. */
export const ROWS: readonly (readonly [fields: string, audience: keyof typeof AUDIENCES])[] = [
  ['Query.statistics', 'figures'],
  ['Query.callAccesses', 'log'],
  ['Query.call', 'calls'],
  ['Query.calls', 'calls'],
  ['Query.referralCase', 'cases'],
  ['Query.referralCases', 'cases'],
  ['Query.handover', 'cases'],
  ['Query.handovers', 'cases'],
  ['Query.victim', 'persons'],
  ['Query.victims', 'persons'],
  ['Query.support', 'persons'],
  ['Query.supports', 'persons'],
  ['Query.*', 'everybody'],

  ['Mutation.call*', 'callActs'],
  ['Mutation.case*', 'caseActs'],
  ['Mutation.handover*', 'caseActs'],
  ['Mutation.victim*', 'personActs'],
  ['Mutation.support*', 'personActs'],
  ['Mutation.agencyUpsert', 'registerActs'],
  ['Mutation.planUpsert', 'registerActs'],
  ['CallPayload.*', 'callActs'],
  ['CasePayload.*', 'caseActs'],
  ['HandoverPayload.*', 'caseActs'],
  ['VictimPayload.*', 'personActs'],
  ['SupportPayload.*', 'personActs'],
  ['AgencyPayload.*', 'registerActs'],
  ['PlanPayload.*', 'registerActs'],
  ['UserError.*', 'everybody'],

  ['StatisticsCell.*', 'figures'],
  ['Ratio.*', 'figures'],
  ['CallStatistics.*', 'figures'],
  ['CallsBy*.*', 'figures'],
  ['CallReferral.*', 'figures'],
  ['ReferralStatistics.*', 'figures'],
  ['DurationStatistics.*', 'figures'],
  ['VerificationStatistics.*', 'figures'],
  ['ConsentStatistics.*', 'figures'],
  ['CasesBy*.*', 'figures'],
  ['CasesWithPersons.*', 'figures'],
  ['HandoversBy*.*', 'figures'],
  ['AgencyPair.*', 'figures'],
  ['SharedCases.*', 'figures'],
  ['CasePersons.*', 'figures'],
  ['IdentifiedCases.*', 'figures'],
  ['IdentifiedByCallerType.*', 'figures'],
  ['MinorCases.*', 'figures'],
  ['MinorsByAgency.*', 'figures'],
  ['VictimStatistics.*', 'figures'],
  ['SupportStatistics.*', 'figures'],
  ['PersonsBy*.*', 'figures'],
  ['SupportsByType.*', 'figures'],
  ['ShelterStays.*', 'figures'],

  ['Call.case', 'calls'],
  ['Call*.*', 'calls'],
  ['ReferralCase.accesses', 'log'],
  ['ReferralCase.call', 'calls'],
  ['ReferralCase.victims', 'persons'],
  ['ReferralCase*.*', 'cases'],
  ['Handover.accesses', 'log'],
  ['Handover*.*', 'cases'],
  ['Victim.accesses', 'log'],
  ['Victim.sex', 'details'],
  ['Victim.ethnicity', 'details'],
  ['Victim.ageAtTrafficking', 'details'],
  ['Victim.ageBand', 'details'],
  ['Victim.acts', 'details'],
  ['Victim.means', 'details'],
  ['Victim.purposes', 'details'],
  ['Victim.originProvince', 'details'],
  ['Victim.destinationCountry', 'details'],
  ['Victim.source', 'details'],
  ['Victim.externalId', 'details'],
  ['Victim.events', 'details'],
  ['Victim*.*', 'persons'],
  ['SupportService.accesses', 'log'],
  ['SupportService.source', 'details'],
  ['SupportService.externalId', 'details'],
  ['SupportService.events', 'details'],
  ['SupportService*.*', 'persons'],

  ['Province.calls', 'calls'],
  ['Province.cases', 'cases'],
  ['Province.victims', 'details'],
  ['Province.*', 'everybody'],
  ['Agency.calls', 'calls'],
  ['Agency.cases', 'cases'],
  ['Agency.handovers*', 'cases'],
  ['Agency.victims', 'persons'],
  ['Agency.supports', 'persons'],
  ['Agency.events', 'known'],
  ['Agency.*', 'everybody'],
  ['AgencyVersion.*', 'everybody'],
  ['CoordinationPlan.statistics', 'figures'],
  ['CoordinationPlan.events', 'known'],
  ['CoordinationPlan.*', 'everybody'],
  ['RecordEvent.*', 'known'],
  ['FieldChange.*', 'known'],
  ['Access.*', 'log'],
  ['Period.*', 'everybody'],
  ['PageInfo.*', 'everybody'],
];
