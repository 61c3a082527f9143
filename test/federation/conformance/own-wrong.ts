/** Operations that the project's executor answers otherwise than expected, and why the expected answer is right. */
export const OWN_WRONG: Readonly<Record<string, string>> = {};
