/** The key under which a service keeps other ministries' ids, from the environment. */
import { type KeySource, readSecretKey } from '#schema/keys.ts';
import { SUBGRAPHS } from '#schema/subgraphs.ts';

/** 32 bytes each. */
export interface ReferenceKeys {
  readonly current: Buffer;
  /** The one before, while the key is changed. */
  readonly previous?: Buffer;
}

/**
 * The keys of the service `name`: `<NAME>_REFERENCE_KEY`, `<NAME>_REFERENCE_KEY_PREVIOUS`, or the files that these with `_FILE` name; in development
 * one of its own. `undefined` for a service that refers to no other ministry's records, and where something is wrong, which `faults` are told.
 */
export function readReferenceKeys(name: string, source: KeySource, faults: string[]): ReferenceKeys | undefined {
  const refersTo: readonly string[] = SUBGRAPHS[name as keyof typeof SUBGRAPHS]?.refersTo ?? [];
  if (refersTo.length === 0) return undefined;
  const variable = `${name.toUpperCase()}_REFERENCE_KEY`;
  const current = readSecretKey(variable, `${name}-reference`, source, faults);
  const previous = readSecretKey(`${variable}_PREVIOUS`, undefined, source, faults);
  return current && { current, ...(previous ? { previous } : {}) };
}
