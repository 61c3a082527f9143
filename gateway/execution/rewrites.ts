import type { FetchDataRewrite } from '@apollo/query-planner';
import type { GraphQLSchema } from 'graphql';
import { type Growing, put } from './objects.ts';
import { isJsonObject } from '../json.ts';
import { isOfType } from './types.ts';

/** Changes names or values in what goes to a subgraph or comes from it. */
export type Rewrite = (value: unknown) => void;

const ON_TYPE = '... on ';

/** What the planner wants rewritten, as one function; `undefined` where that is nothing. */
export function compileRewrites(rewrites: readonly FetchDataRewrite[] | undefined, schema: GraphQLSchema): Rewrite | undefined {
  if (!rewrites?.length) return undefined;
  const compiled = rewrites.map((rewrite) => compileRewrite(rewrite, schema));
  return (value) => {
    for (const rewrite of compiled) rewrite(value);
  };
}

function compileRewrite(rewrite: FetchDataRewrite, schema: GraphQLSchema): Rewrite {
  const last = rewrite.path.at(-1);
  if (last === undefined || last.startsWith(ON_TYPE)) throw new Error(`expected a rewrite of a field, got ${JSON.stringify(rewrite.path)}`);
  const change = (object: Growing) => {
    if (rewrite.kind === 'ValueSetter') put(object, last, rewrite.setValueTo);
    else if (Object.hasOwn(object, last)) {
      put(object, rewrite.renameKeyTo, object[last]);
      delete object[last];
    }
  };
  return rewrite.path
    .slice(0, -1)
    .reduceRight<Rewrite>(
      (inner, step) => (step.startsWith(ON_TYPE) ? within(step.slice(ON_TYPE.length), inner, schema) : below(step, inner)),
      eachObject(change),
    );
}

/** Goes on in objects of the type; those that do not say their type count as such. */
function within(condition: string, inner: Rewrite, schema: GraphQLSchema): Rewrite {
  return eachObject((object) => {
    const type = object['__typename'];
    if (typeof type !== 'string' || isOfType(schema, type, condition)) inner(object);
  });
}

function below(name: string, inner: Rewrite): Rewrite {
  return eachObject((object) => {
    if (Object.hasOwn(object, name)) inner(object[name]);
  });
}

/** The objects of a value: itself, or those in its lists. */
function eachObject(change: (object: Growing) => void): Rewrite {
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (isJsonObject(value)) change(value as Growing);
  };
  return visit;
}
