/** The steps of an act after which a process can be made to die, in their order. */
export const FAILPOINTS = ['claimed', 'locked', 'written', 'recorded', 'committed'] as const;

/** A step of an act. */
export type Failpoint = (typeof FAILPOINTS)[number];

/** How likely the process dies at each step, from 0 to 1. */
export type FailpointChances = Readonly<Partial<Record<Failpoint, number>>>;

/** What acts tell of their steps. */
export interface Failpoints {
  reach(step: Failpoint): void;
}

/**
 * Kills the process as a power cut would, at the steps of acts and as often as told; never when nothing is told, as it always is but in
 * tests (FAILPOINTS, refused in production).
 */
export function openFailpoints(chances: FailpointChances): Failpoints {
  return {
    reach: (step) => {
      const chance = chances[step];
      if (chance !== undefined && Math.random() < chance) process.kill(process.pid, 'SIGKILL');
    },
  };
}

/** The chances in `text`, such as `committed=0.01,claimed=0.5`; `undefined` when it is not of that form. */
export function parseFailpoints(text: string): FailpointChances | undefined {
  if (text === '') return {};
  const pairs = text.split(',').map((pair) => /^(\w+)=(0(?:\.\d+)?|1)$/.exec(pair.trim()));
  if (pairs.some((match) => match === null || !(FAILPOINTS as readonly string[]).includes(match[1] ?? ''))) return undefined;
  return Object.fromEntries(pairs.map((match) => [match?.[1], Number(match?.[2])]));
}
