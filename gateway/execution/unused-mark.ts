/** A mark, with as many underscores more as it takes for it to be in none of the names. */
export function unusedMark(mark: string, names: readonly string[]): string {
  let unused = mark;
  while (names.some((name) => name.includes(unused))) unused += '_';
  return unused;
}
