import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { chooseLabels, everyChoice, readOverrideLabels } from '../../gateway/override-labels.ts';

const LABELS = ['moved', 'percent(0)', 'percent(100)', 'percent(25)', 'percent(5.5)'];

describe('labels of progressive overrides', () => {
  it('are those of the supergraph, each once, in order', () => {
    const field = (label: string) => `f${label.length}: Int @join__field(graph: A, overrideLabel: "${label}")`;
    expect(readOverrideLabels(parse(`type T { ${[...LABELS].reverse().map(field).join(' ')} g: Int @join__field(graph: A, overrideLabel: "moved") }`))).toEqual(
      LABELS,
    );
  });

  it('are on where they are configured, and for their share of all requests', () => {
    expect(chooseLabels(LABELS, new Set(['moved', 'unknown']), 0)).toEqual(['moved', 'percent(100)', 'percent(25)', 'percent(5.5)']);
    expect(chooseLabels(LABELS, new Set(), 0.1)).toEqual(['percent(100)', 'percent(25)']);
    expect(chooseLabels(LABELS, new Set(), 0.999)).toEqual(['percent(100)']);
  });

  it('have so many choices as there are shares, and every chance makes one of them', () => {
    const choices = everyChoice(LABELS, new Set());
    expect(choices.toSorted((a, b) => a.length - b.length)).toEqual([
      ['percent(100)'],
      ['percent(100)', 'percent(25)'],
      ['percent(100)', 'percent(25)', 'percent(5.5)'],
    ]);
    for (let chance = 0; chance < 1; chance += 0.01) expect(choices).toContainEqual(chooseLabels(LABELS, new Set(), chance));
    expect(everyChoice([], new Set())).toEqual([[]]);
  });
});
