/** One instruction of a Dockerfile, such as `COPY schema ./schema`. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** One `FROM … AS …` with what follows. */
export interface Stage {
  readonly name: string;
  /** An image, or the name of an earlier stage. */
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** Reads the stages of a Dockerfile that have names. */
export function parseDockerfile(text: string): Stage[] {
  const lines = text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const stages: (Stage & { instructions: Instruction[] })[] = [];
  for (const line of lines) {
    const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    if (name === 'FROM') {
      const [, base = '', stage = ''] = /^(\S+) AS (\S+)$/.exec(rest) ?? [];
      if (stage === '') throw new Error(`expected FROM image AS name, got ${line}`);
      stages.push({ name: stage, base, instructions: [] });
    } else {
      const current = stages.at(-1);
      if (current === undefined) throw new Error(`expected FROM first, got ${line}`);
      current.instructions.push({ name, text: rest });
    }
  }
  return stages;
}
