const CHAIN_FROM_MIDDLE =
  'Apollo’s planner asks the service for what it requires, and at once for the field that requires it: the chain’s middle is made of what the service does not know';
const ONE_FOR_ALL =
  'Apollo’s planner fetches what one type’s field requires of objects of that type alone, and makes it part of what is told of all: the others are told nothing';
const TWO_VALUES = 'what a service is told of an entity has room for one value of a field, and Apollo’s planner asks for both requiring fields at once';

/** Operations that the project's executor answers otherwise than expected, and why the expected answer is right. */
export const OWN_WRONG: Readonly<Record<string, string>> = {
  'IOBR-08': ONE_FOR_ALL,
  'REQB-02': CHAIN_FROM_MIDDLE,
  'REQB-04': TWO_VALUES,
};
