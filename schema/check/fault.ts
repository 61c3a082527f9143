/** Something in the contract that is not as it must be, and what to do about it. */
export interface Fault {
  /** Path from the project's folder. */
  readonly file: string;
  /** Counted from 1; left out where the fault is that something is not there at all. */
  readonly line?: number | undefined;
  /** What is wrong: what was expected and what came. */
  readonly message: string;
  /** What mends it. */
  readonly action: string;
}

/** One line for a person: `subgraphs/calls/schema.graphql:12: … – …`; editors and terminals make the place a link. */
export function printFault({ file, line, message, action }: Fault): string {
  // Composition's messages quote descriptions as they stand, over several lines.
  return `${file}${line === undefined ? '' : `:${line}`}: ${message.replaceAll(/\s+/g, ' ')} – ${action}`;
}

/** By file and line; faults of one place keep their order. */
export function sortFaults(faults: readonly Fault[]): Fault[] {
  return faults.toSorted((a, b) => (a.file === b.file ? (a.line ?? 0) - (b.line ?? 0) : a.file < b.file ? -1 : 1));
}
