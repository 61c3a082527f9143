import { addDays } from '#schema/dates.ts';

/** A version of something that changes over time, in order of `validFrom` (`null`: since ever). */
interface Version {
  readonly validFrom?: unknown;
}

/** The version in force on `day`; the nearest where none is in force yet. @returns `undefined` when there are no versions. */
export function inForce<V extends Version>(versions: readonly V[], day: string): V | undefined {
  const begun = versions.filter(({ validFrom }) => validFrom === null || String(validFrom) <= day);
  return begun.at(-1) ?? versions[0];
}

/** An agency as it is from one day to another, both inclusive; `null` ends are open. */
export interface AgencyVersion {
  readonly validFrom: string | null;
  readonly validTo: string | null;
  readonly type: string;
  readonly nameVi: string;
  readonly nameEn: string;
  readonly parentVi: string | null;
  readonly parentEn: string | null;
}

/**
 * How a version fits among the others of its agency; one that begins on the same day is replaced by it. A version that is still open
 * ends the day before (`ends`: that version, with its new last day); with any other the candidate may share no day (`overlaps`).
 */
export function fitVersion(
  versions: readonly AgencyVersion[],
  candidate: AgencyVersion,
): { readonly overlaps: AgencyVersion } | { readonly ends: AgencyVersion | null } {
  const others = versions.filter(({ validFrom }) => validFrom !== candidate.validFrom);
  const { validFrom: from } = candidate;
  const open = others.find(({ validFrom, validTo }) => validTo === null && from !== null && (validFrom === null || validFrom < from));
  const overlaps = others.find((other) => other !== open && shareDays(other, candidate));
  if (overlaps !== undefined) return { overlaps };
  return { ends: open === undefined || from === null ? null : { ...open, validTo: addDays(from, -1) } };
}

function shareDays(a: AgencyVersion, b: AgencyVersion): boolean {
  const begins = (version: AgencyVersion, other: AgencyVersion) => version.validFrom === null || other.validTo === null || version.validFrom <= other.validTo;
  return begins(a, b) && begins(b, a);
}
