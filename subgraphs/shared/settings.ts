/** What whoever runs a subgraph may set: a whole number, or a text of some form. The environment has it as `<SUBGRAPH>_<NAME>`. */
export type Setting = { readonly description: string } & (
  | { readonly default: number; readonly min: number; readonly max: number }
  | { readonly default: string; readonly pattern: RegExp; readonly expected: string }
);

/** The settings of a subgraph by name, such as VERIFICATION_DAYS. */
export type SettingSpecs = Readonly<Record<string, Setting>>;

/** What they are set to. */
export type Settings = Readonly<Record<string, number | string>>;

/** Reads settings whose variables begin with `prefix`; what is wrong with them is added to `faults`. */
export function readSettings(specs: SettingSpecs, prefix: string, env: NodeJS.ProcessEnv, faults: string[]): Settings {
  const values = Object.entries(specs).map(([name, setting]): [string, number | string] => {
    const variable = `${prefix}_${name}`;
    const given = env[variable];
    if (!given) return [name, setting.default];
    const expected = whatIsWrong(setting, given);
    if (expected !== undefined) faults.push(`${variable}: expected ${expected}, got "${given}"`);
    return [name, typeof setting.default === 'number' ? Number(given) : given];
  });
  return Object.freeze(Object.fromEntries(values));
}

/** What was expected, or `undefined` when all is well. */
function whatIsWrong(setting: Setting, given: string): string | undefined {
  if ('pattern' in setting) return setting.pattern.test(given) ? undefined : setting.expected;
  const fits = /^\d{1,9}$/.test(given) && Number(given) >= setting.min && Number(given) <= setting.max;
  return fits ? undefined : `a whole number from ${setting.min} to ${setting.max}`;
}
