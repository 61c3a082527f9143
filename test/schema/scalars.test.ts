import { type GraphQLScalarType, parseValue, valueFromAST } from 'graphql';
import { describe, expect, it } from 'vitest';
import { DateScalar, DateTimeScalar, GeographyScalar } from '#schema/scalars.ts';

describe('Date', () => {
  it.each(['0001-01-01', '2020-02-29', '9999-12-31'])('takes %s, as a variable and in the document', (text) => {
    expect(asVariable(DateScalar, text)).toBe(text);
    expect(inDocument(DateScalar, `"${text}"`)).toBe(text);
  });

  it.each(['2021-02-30', '2021-2-3', '30/09/2021', '', 20210930, null, true, ['2021-09-30'], {}])(
    'refuses %j with what was expected and what came',
    (value) => {
      expect(() => asVariable(DateScalar, value)).toThrow(`expected a day that exists, as YYYY-MM-DD, got ${JSON.stringify(value)}`);
    },
  );

  it.each(['"2021-02-30"', '20210930', 'today', 'true', '["2021-09-30"]', '{ day: 1 }'])('refuses %s in the document', (literal) => {
    expect(inDocument(DateScalar, literal)).toBeUndefined();
    expect(() => DateScalar.parseLiteral(parseValue(literal))).toThrow('expected a day that exists, as YYYY-MM-DD, got ');
  });

  it('answers text and moments as a day', () => {
    expect(DateScalar.serialize('2021-09-30')).toBe('2021-09-30');
    expect(DateScalar.serialize(new Date('2021-09-30T00:00:00Z'))).toBe('2021-09-30');
  });
});

describe('DateTime', () => {
  it.each([
    ['2021-03-05T08:30:00+07:00', '2021-03-05T01:30:00.000Z'],
    ['2021-03-05T01:30:00Z', '2021-03-05T01:30:00.000Z'],
    ['2021-03-05T01:30:00.125Z', '2021-03-05T01:30:00.125Z'],
    ['2021-03-05T01:30Z', '2021-03-05T01:30:00.000Z'],
    ['2020-12-31T23:30:00-01:00', '2021-01-01T00:30:00.000Z'],
  ])('takes %s and answers it in UTC, %s', (given, answered) => {
    expect(DateTimeScalar.serialize(asVariable(DateTimeScalar, given))).toBe(answered);
    expect(DateTimeScalar.serialize(inDocument(DateTimeScalar, `"${given}"`))).toBe(answered);
  });

  it.each(['2021-03-05T08:30:00', '2021-03-05', '2021-02-30T08:30:00Z', '2021-03-05T25:00:00Z', '2021-03-05 08:30:00+07:00', '', 1_614_908_400, null])(
    'refuses %j with what was expected and what came',
    (value) => {
      expect(() => asVariable(DateTimeScalar, value)).toThrow(
        `expected a moment as ISO 8601 with offset, such as 2021-03-05T08:30:00+07:00, got ${JSON.stringify(value)}`,
      );
    },
  );

  it('answers what a database gives', () => {
    expect(DateTimeScalar.serialize(new Date('2021-03-05T01:30:00Z'))).toBe('2021-03-05T01:30:00.000Z');
    expect(DateTimeScalar.serialize('2021-03-05 08:30:00+07')).toBe('2021-03-05T01:30:00.000Z');
  });
});

describe('Geography', () => {
  it('takes the id of a scheme as a variable, as a name and as text', () => {
    expect(asVariable(GeographyScalar, 'VN34')).toBe('VN34');
    expect(inDocument(GeographyScalar, 'VN34')).toBe('VN34');
    expect(inDocument(GeographyScalar, '"AS_RECORDED"')).toBe('AS_RECORDED');
    expect(asVariable(GeographyScalar, 'US50')).toBe('US50');
  });

  it.each(['', 'VN 34', 'VN34:24', "VN34'", 'x'.repeat(33), 34, null, ['VN34']])('refuses %j with what was expected and what came', (value) => {
    expect(() => asVariable(GeographyScalar, value)).toThrow(
      `expected AS_RECORDED or the id of a scheme of provinces such as VN34, got ${JSON.stringify(value)}`,
    );
  });

  it.each(['34', 'true', '["VN34"]', '"VN 34"'])('refuses %s in the document', (literal) => {
    expect(inDocument(GeographyScalar, literal)).toBeUndefined();
  });
});

function asVariable(type: GraphQLScalarType, value: unknown): unknown {
  return type.parseValue(value);
}

function inDocument(type: GraphQLScalarType, literal: string): unknown {
  return valueFromAST(parseValue(literal), type);
}
