/** The bands of the age at the time of trafficking with their first year of age; they do not overlap. */
const AGE_BANDS: readonly (readonly [from: number, band: string])[] = [
  [18, 'AGE_18_PLUS'],
  [16, 'AGE_16_17'],
  [15, 'AGE_15'],
  [11, 'AGE_11_14'],
  [0, 'AGE_0_10'],
];

/** More years than anybody lives. */
const OLDEST = 999;

type Values = Readonly<Record<string, string | null>>;

/** The band of an age in years. */
export function ageBand(age: number | null): string {
  return age === null ? 'UNKNOWN' : (AGE_BANDS.find(([from]) => age >= from)?.[1] ?? 'UNKNOWN');
}

/** The years of age of a band; `null` for those whose age is not known. */
export function agesOf(band: string): { readonly from: number; readonly to: number } | null {
  const index = AGE_BANDS.findIndex(([, name]) => name === band);
  const [from] = AGE_BANDS[index] ?? [];
  return from === undefined ? null : { from, to: (AGE_BANDS[index - 1]?.[0] ?? OLDEST + 1) - 1 };
}

/**
 * A person is identified as a victim on at least one act and one purpose, and at least one means unless under 18 (Law 53/2024/QH15, Art. 2;
 * Palermo protocol, Art. 3(c)). `acts`, `means` and `purposes` are counts of what is recorded.
 * @returns what is missing, in the order act, purpose, means; empty when the person may be identified.
 */
export function missingForIdentification(person: { acts: number; means: number; purposes: number; age: number | null }): string[] {
  const minor = person.age !== null && person.age < 18;
  return [
    ...(person.acts > 0 ? [] : ['an act']),
    ...(person.purposes > 0 ? [] : ['a purpose']),
    ...(person.means > 0 || minor ? [] : ['a means (the person is not known to be under 18)']),
  ];
}

/** An accompanying minor is under 18. @returns what was expected, or `undefined` when all is well. */
export function minorIsUnder18(row: Values): string | undefined {
  const age = row['age_at_trafficking'];
  return row['legal_status'] === 'ACCOMPANYING_MINOR' && age && Number(age) >= 18 ? 'an age under 18, since the person is an ACCOMPANYING_MINOR' : undefined;
}

/** Support cannot end before it began. @returns what was expected, or `undefined` when all is well. */
export function endsAfterItBegan(row: Values): string | undefined {
  const { started_at: started, ended_at: ended } = row;
  return !started || !ended || Date.parse(ended) >= Date.parse(started) ? undefined : 'a moment not before startedAt';
}

/** Whether a person of this legal status may begin to be given support of this type. `rule` is what is allowed (table support_rule). */
export function maySupport(rule: readonly { legalStatus: string; supportType: string }[], legalStatus: string, type: string): boolean {
  return rule.some((allowed) => allowed.legalStatus === legalStatus && allowed.supportType === type);
}
