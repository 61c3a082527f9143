/** How long operations take when nothing else is in their way. */
export interface Baselines {
  /**
   * How long an operation that took so long takes usually, in milliseconds; at least 1, than which a clock has no more to tell.
   * @param rises whether the usual may have become longer: only while no queue of the gateway's own making can be the reason
   */
  usual(operation: string, milliseconds: number, rises: boolean): number;
}

/** Operations that are remembered; those not asked for longest are forgotten. */
const REMEMBERED = 500;
/** How fast the usual follows what is faster, at each answer, and how fast it gives way to what is slower, in a second. */
const FALL = 0.3;
const RISE_PER_SECOND = 0.05;

/**
 * The usual of each operation by itself, because a limit that took a heavy operation for a slow gateway would refuse the light ones. It falls fast and
 * rises slowly, so that a queue of minutes does not become the usual, and a service that has grown slower does.
 */
export function createBaselines(now: () => number = () => performance.now()): Baselines {
  const known = new Map<string, { milliseconds: number; at: number }>();
  return {
    usual: (operation, milliseconds, rises) => {
      const moment = now();
      const before = known.get(operation) ?? { milliseconds, at: moment };
      const grown = before.milliseconds * (1 + RISE_PER_SECOND * ((moment - before.at) / 1000));
      const next =
        milliseconds <= before.milliseconds
          ? before.milliseconds + FALL * (milliseconds - before.milliseconds)
          : rises
            ? Math.min(milliseconds, grown)
            : before.milliseconds;
      known.delete(operation);
      known.set(operation, { milliseconds: Math.max(1, next), at: moment });
      const [oldest] = known.keys();
      if (known.size > REMEMBERED && oldest !== undefined) known.delete(oldest);
      return Math.max(1, before.milliseconds);
    },
  };
}
