const ONE_FOR_ALL =
  'Apollo’s planner fetches what one type’s field requires of objects of that type alone, and makes it part of what is told of all: the others are told nothing';

/** Operations that the project's executor answers otherwise than expected, and why the expected answer is right. */
export const OWN_WRONG: Readonly<Record<string, string>> = {
  'IOBR-08': ONE_FOR_ALL,
};
