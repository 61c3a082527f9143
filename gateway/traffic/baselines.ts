/** How long operations take when nothing else is in their way. */
export interface Baselines {
  /**
   * How many times as long as usual an operation took: 1, or more.
   * @param rises whether the usual may have become longer: only while no queue of the gateway's own making can be the reason
   */
  slowness(operation: string, milliseconds: number, rises: boolean): number;
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
  const usual = new Map<string, { milliseconds: number; at: number }>();
  return {
    slowness: (operation, milliseconds, rises) => {
      const moment = now();
      const known = usual.get(operation) ?? { milliseconds, at: moment };
      const grown = known.milliseconds * (1 + RISE_PER_SECOND * ((moment - known.at) / 1000));
      const next =
        milliseconds <= known.milliseconds
          ? known.milliseconds + FALL * (milliseconds - known.milliseconds)
          : rises
            ? Math.min(milliseconds, grown)
            : known.milliseconds;
      usual.delete(operation);
      // A clock has no more than that to tell: below, everything is as fast.
      usual.set(operation, { milliseconds: Math.max(1, next), at: moment });
      const [oldest] = usual.keys();
      if (usual.size > REMEMBERED && oldest !== undefined) usual.delete(oldest);
      return Math.max(1, milliseconds / Math.max(1, known.milliseconds));
    },
  };
}
