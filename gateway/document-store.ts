import type { ApolloServerOptions } from '@apollo/server';
import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';

/** What Apollo Server keeps parsed and validated documents in. */
type DocumentStore = NonNullable<ApolloServerOptions<object>['documentStore']>;

/** Characters of documents that are kept. With all that is worked out for a document (plan, shape, demands), one takes some 200 bytes. */
const MOST_CHARACTERS = 512 * 1024;

/**
 * Keeps the documents that were asked for last. Not Apollo Server's own store, which keeps 30 MiB of documents as JSON; what is worked out for
 * them here is kept for as long as they are, and was ten times that where clients never send the same twice.
 *
 * Of one schema only, which Apollo Server puts before a colon in its keys: nobody asks for a document of one that was replaced, and what is worked out for it
 * holds on to that schema.
 */
export function createDocumentStore(): DocumentStore {
  const kept = new LRUCache<string, DocumentNode>({ maxSize: MOST_CHARACTERS, sizeCalculation: ({ loc }) => loc?.source.body.length ?? 1_000 });
  let schema: string | undefined;
  return {
    get: async (key) => kept.get(key),
    set: async (key, document) => {
      const [own] = key.split(':', 1);
      if (own !== schema) kept.clear();
      schema = own;
      kept.set(key, document);
    },
    delete: async (key) => kept.delete(key),
  };
}
