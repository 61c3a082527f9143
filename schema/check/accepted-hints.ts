/** A hint of composition that is known and cannot be avoided. */
export interface AcceptedHint {
  /** The hint's code, such as INCONSISTENT_ENTITY. */
  readonly code: string;
  /** What it is about, as it stands in the hint's message: a type, or `Type.field`. */
  readonly about: string;
  /** Why it cannot be avoided. */
  readonly reason: string;
}

/** Every other hint is a fault, and so is an entry here that composition no longer gives. The fewer the better. */
export const ACCEPTED_HINTS: readonly AcceptedHint[] = [
  {
    code: 'MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS',
    about: 'Node',
    reason: "no subgraph may write an interface's rule of access; composition makes it of its types' rules, which differ",
  },
];
