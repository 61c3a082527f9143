/** A call cannot end before it came in. @returns what was expected, or `undefined` when all is well. */
export function endsAfterItCameIn(receivedAt: string | null, endedAt: string | null): string | undefined {
  if (receivedAt === null || endedAt === null || Date.parse(endedAt) >= Date.parse(receivedAt)) return undefined;
  return 'a moment not before receivedAt';
}

/** Whether `agency` keeps the record of a call: the one that took it does, and any where none is recorded. */
export function mayKeep(takenBy: string | null, agency: string): boolean {
  return takenBy === null || takenBy === agency;
}
