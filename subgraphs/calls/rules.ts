/** A call cannot end before it came in. @returns what was expected, or `undefined` when all is well. */
export function endsAfterItCameIn(receivedAt: string | null, endedAt: string | null): string | undefined {
  if (receivedAt === null || endedAt === null || Date.parse(endedAt) >= Date.parse(receivedAt)) return undefined;
  return 'a moment not before receivedAt';
}
