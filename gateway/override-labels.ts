import type { DocumentNode } from 'graphql';
import { visit } from 'graphql';
import { argumentOf } from './join.ts';

/** The label of an override that holds for a share of all requests, as federation writes it. */
const PERCENT = /^percent\((\d+(?:\.\d+)?)\)$/;

/** The labels of the progressive overrides (`@override(from:, label:)`) that a supergraph has. */
export function readOverrideLabels(supergraph: DocumentNode): string[] {
  const labels = new Set<string>();
  visit(supergraph, {
    Directive: {
      enter: (directive) => {
        const label = directive.name.value === 'join__field' ? argumentOf(directive, 'overrideLabel') : undefined;
        if (label !== undefined) labels.add(label);
      },
    },
  });
  return [...labels].sort();
}

/**
 * Which of the labels are on for one request: those that are configured, and `percent(n)` for n of a hundred requests.
 * @param chance at random from 0 to 1, one for each request, so that of two shares the larger has all that the smaller has
 */
export function chooseLabels(labels: readonly string[], configured: ReadonlySet<string>, chance: number): string[] {
  return labels.filter((label) => {
    const share = shareOf(label);
    return share === undefined ? configured.has(label) : chance < share;
  });
}

/** All that {@link chooseLabels} can choose, by whatever chance. */
export function everyChoice(labels: readonly string[], configured: ReadonlySet<string>): string[][] {
  const chances = [0, ...labels.flatMap((label) => shareOf(label) ?? [])].filter((chance) => chance < 1);
  const choices = chances.map((chance) => chooseLabels(labels, configured, chance));
  return [...new Map(choices.map((choice) => [choice.join(' '), choice])).values()];
}

/** From 0 to 1; undefined for a label that is configured. */
function shareOf(label: string): number | undefined {
  const percent = PERCENT.exec(label)?.[1];
  return percent === undefined ? undefined : Number(percent) / 100;
}
