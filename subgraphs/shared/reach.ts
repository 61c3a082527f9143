/**
 * Which records a request may see. The records of a service are its agencies' own; what else an agency sees, it sees because its ministry grants
 * it all of them, or because it has shown a pass for what they belong to.
 */

/** How far a request sees; the same for all its reads. */
export interface Reach {
  /** The agency whose own records are seen; null for none. */
  readonly agency: string | null;
  readonly scopes: readonly string[];
  /** The ids, in small letters, whose pass the caller has shown, verified. It grows while a request is answered, see {@link addPass}. */
  readonly passes: readonly string[];
  /** Whether the ministry's grants let this agency see all records of this service. */
  readonly all: boolean;
}

/** The reach of a caller who has shown no pass yet. */
export function openReach({ agency, scopes }: Pick<Reach, 'agency' | 'scopes'>, all: boolean): Reach {
  return { agency, scopes, passes: [], all };
}

/** Adds the id of what the caller has shown a pass for; only once the pass is verified. */
export function addPass(reach: Reach, id: string): void {
  const passes = reach.passes as string[];
  if (!passes.includes(id.toLowerCase())) passes.push(id.toLowerCase());
}
