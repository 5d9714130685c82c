import { z } from 'zod';

const value = z.string().describe('Exactly this value.');
const values = z.array(z.string()).min(1).describe('One of these values.');

/** What a dimension must be. Case matters. */
export const Where = z.union([
  value,
  values,
  z.strictObject({ contains: z.string().min(1).describe('Has this in it.') }),
  z.strictObject({
    matches: z
      .string()
      .min(1)
      .describe('Matches this regular expression (RE2) as a whole.')
      .meta({ examples: ['/docs/.*'] }),
  }),
  z.strictObject({
    not: z
      .union([value, values])
      .describe('Anything but this value, or these.')
      .meta({ examples: ['(not set)'] }),
  }),
]);
export type Where = z.output<typeof Where>;

/** A filter of the Data API. https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/FilterExpression */
export interface FilterExpression {
  readonly andGroup?: { readonly expressions: readonly FilterExpression[] };
  readonly notExpression?: FilterExpression;
  readonly filter?: Filter;
}

interface Filter {
  readonly fieldName: string;
  readonly stringFilter?: {
    readonly matchType: 'EXACT' | 'CONTAINS' | 'FULL_REGEXP';
    readonly value: string;
    readonly caseSensitive: true;
  };
  readonly inListFilter?: { readonly values: readonly string[]; readonly caseSensitive: true };
}

/** The filter that all conditions make; undefined where there is none. */
export function filterOf(where: Readonly<Record<string, Where>>): FilterExpression | undefined {
  const expressions = Object.entries(where).map(([dimension, condition]) => expressionOf(dimension, condition));
  return expressions.length === 0 ? undefined : { andGroup: { expressions } };
}

function expressionOf(fieldName: string, where: Where): FilterExpression {
  if (typeof where === 'string') {
    return { filter: { fieldName, stringFilter: { matchType: 'EXACT', value: where, caseSensitive: true } } };
  }
  if (Array.isArray(where)) return { filter: { fieldName, inListFilter: { values: where, caseSensitive: true } } };
  if ('not' in where) return { notExpression: expressionOf(fieldName, where.not) };
  if ('contains' in where) {
    return { filter: { fieldName, stringFilter: { matchType: 'CONTAINS', value: where.contains, caseSensitive: true } } };
  }
  return { filter: { fieldName, stringFilter: { matchType: 'FULL_REGEXP', value: where.matches, caseSensitive: true } } };
}
