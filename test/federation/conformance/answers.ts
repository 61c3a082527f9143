import { parse, validate } from 'graphql';
import { type Executor, startApollo, startOwn } from '../executors.ts';
import type { Answer, GraphAnswer } from './run.ts';

interface Loaded {
  readonly apollo: Executor;
  readonly own: Executor;
}

const known = new Map<string, Promise<Loaded>>();

/** The project's executor behind the seam, and bare `@apollo/gateway` as a reference. */
export const ownAnswer: Answer = answerOf('own');
export const apolloAnswer: Answer = answerOf('apollo');

function answerOf(which: keyof Loaded): Answer {
  return async (supergraphSdl, fetch, { document: source, ...others }) => {
    const { [which]: executor } = await load(supergraphSdl);
    const document = parse(source);
    const errors = validate(executor.schema, document);
    if (errors.length > 0) return { errors: errors.map((error) => error.toJSON()) as GraphAnswer['errors'] & object };
    return JSON.parse(JSON.stringify(await executor.execute({ ...others, document, fetch }))) as GraphAnswer;
  };
}

function load(supergraphSdl: string): Promise<Loaded> {
  const loading = known.get(supergraphSdl) ?? loadBoth(supergraphSdl);
  known.set(supergraphSdl, loading);
  return loading;
}

async function loadBoth(supergraphSdl: string): Promise<Loaded> {
  const apollo = await startApollo(supergraphSdl);
  return { apollo, own: await startOwn(supergraphSdl, apollo.schema) };
}
