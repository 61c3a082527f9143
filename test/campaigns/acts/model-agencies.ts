import { difference, isName, type ModelAct, textFaults, twice, type Values } from './world.ts';

const DAY = 86_400_000;
const VERSION = ['validFrom', 'validTo', 'type', 'nameVi', 'nameEn', 'parentVi', 'parentEn'];

const idForm = ({ id }: Values) => (isName(id) ? [] : ['INVALID id']);
const daysForm = ({ validFrom: from, validTo: to }: Values) => (from && to && String(to) < String(from) ? ['OUT_OF_ORDER validTo'] : []);
const nameForm = (input: Values) => ['nameVi', 'nameEn'].flatMap((name) => textFaults(name, input[name], 'REQUIRED', 200));

/** First and last day of a version as numbers. */
const span = (version: Values): [number, number] => [
  version['validFrom'] ? Date.parse(String(version['validFrom'])) / DAY : Number.NEGATIVE_INFINITY,
  version['validTo'] ? Date.parse(String(version['validTo'])) / DAY : Number.POSITIVE_INFINITY,
];

/** The acts of the plan's secretariat, as they should be. An agency's record has its versions, the earliest first. */
export const agencies: Readonly<Record<string, ModelAct>> = {
  agencyUpsert: {
    kind: 'agency',
    changes: true,
    form: (input) => [
      ...idForm(input),
      ...daysForm(input),
      ...nameForm(input),
      ...textFaults('parentVi', input['parentVi'], undefined, 200),
      ...textFaults('parentEn', input['parentEn'], undefined, 200),
    ],
    rest: (world, agency, input, { now }) => {
      if (agency === null && typeof input['ifVersion'] === 'number') return ['NOT_FOUND id'];
      const version = Object.fromEntries(VERSION.map((name) => [name, input[name] ?? null]));
      const known = (agency?.['versions'] ?? []) as Values[];
      const [from, to] = span(version);
      const replaced = known.find((other) => span(other)[0] === from) ?? null;
      // One that is still open ends the day before.
      const others = known
        .filter((other) => other !== replaced)
        .map((other) => {
          const [begins, ends] = span(other);
          return ends === Number.POSITIVE_INFINITY && begins < from ? { ...other, validTo: new Date((from - 1) * DAY).toISOString().slice(0, 10) } : other;
        });
      if (others.some((other) => span(other)[0] <= to && from <= span(other)[1])) return ['INVALID validFrom'];
      const changes = difference(replaced, version);
      if (changes.length === 0) return ['NO_CHANGE id'];
      const id = String(input['id']);
      const versions = [...others, version].sort((a, b) => span(a)[0] - span(b)[0]);
      if (!world.agencies.has(id)) world.agencies.set(id, null);
      const ended = others.find((other) => !known.includes(other));
      const said = [
        { field: 'versionFrom', from: null, to: version['validFrom'] },
        ...changes,
        ...(ended ? [{ field: 'validTo of the version before', from: null, to: ended['validTo'] }] : []),
      ];
      return { record: { id, versions }, at: now, changes: said };
    },
  },
  planUpsert: {
    kind: 'plan',
    changes: true,
    form: (input) => {
      const members = input['memberIds'] as string[];
      return [...idForm(input), ...nameForm(input), ...daysForm(input), ...(members.length === 0 ? ['REQUIRED memberIds'] : twice('memberIds', members))];
    },
    rest: (world, plan, input, { now }) => {
      if (plan === null && typeof input['ifVersion'] === 'number') return ['NOT_FOUND id'];
      const { id, nameVi, nameEn, validFrom, validTo, memberIds: members } = input;
      if ((members as string[]).some((member) => !world.agencies.has(member))) return ['NOT_FOUND memberIds'];
      const record = { id, nameVi, nameEn, validFrom, validTo, members };
      if (plan !== null && difference(plan, record).length === 0) return ['NO_CHANGE id'];
      return { record, at: now };
    },
  },
};
