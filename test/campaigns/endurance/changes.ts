/** Supergraphs that take the place of one another while the gateway runs. */

/** Another supergraph, and whether the gateway has to take it over. */
export interface Change {
  readonly text: string;
  /** What is wrong with it; undefined: it is good. */
  readonly fault: string | undefined;
}

/** Every so many changes one is bad. */
const BAD_EVERY = 5;
const FAULTS: Readonly<Record<string, (text: string) => string>> = {
  'is cut off': (text) => text.slice(0, -20),
  'has a field that no rule is about': (text) => text.replace(/^ {2}agencies: \[Agency!\] .*$/m, '$&\n  unruled: Int @join__field(graph: AGENCIES)'),
  'lacks a field that a trusted document asks for': (text) => text.replace(/^ {2}handoverUnit: .*$/m, ''),
};
/** What good changes take away and give back; nothing of the load asks for it. */
const FIELD = /^ {2}"""When it was closed; null while open\."""\n {2}closedAt: .*\n/m;

/** Asks whether there is the field. */
export const PROBE = '{ referralCases(first: 1) { nodes { closedAt } } }';

/** The change of this number, from 1, to what the gateway started with. No two are the same text. */
export function changeOf(supergraph: string, number: number): Change {
  if (number % BAD_EVERY !== 0) return { text: good(supergraph, number), fault: undefined };
  const faults = Object.entries(FAULTS);
  const [fault, damage] = faults[(number / BAD_EVERY) % faults.length] as [string, (text: string) => string];
  // It would change whether there is the field, if it were taken over.
  return { text: changed(good(supergraph, number + 1), damage), fault };
}

/** Whether there is the field after all changes up to this number. */
export function hasField(number: number): boolean {
  return goodBefore(number) % 2 === 0;
}

function good(supergraph: string, number: number): string {
  const described = changed(supergraph, (text) => text.replace('"""Who called."""', `"""Who called, in change ${number}."""`));
  return hasField(number) ? described : changed(described, (text) => text.replace(FIELD, ''));
}

/** How many good changes there were up to this number. */
function goodBefore(number: number): number {
  return number - Math.floor(number / BAD_EVERY);
}

function changed(text: string, change: (text: string) => string): string {
  const result = change(text);
  if (result === text) throw new Error(`expected the supergraph to have what ${change} looks for`);
  return result;
}
