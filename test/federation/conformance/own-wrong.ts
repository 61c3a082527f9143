const REQUIRED_SKIPPED =
  'Apollo’s planner puts what `@requires` names under the condition of the field that requires it, and still makes it part of the representation';

/** Operations that the project's executor answers otherwise than expected, and why the expected answer is right. */
export const OWN_WRONG: Readonly<Record<string, string>> = {
  'SKIP-11': REQUIRED_SKIPPED,
};
