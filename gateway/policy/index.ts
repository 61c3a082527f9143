/** What callers may ask for: read from the supergraph's directives, enforced on every operation before it is planned. */
export { hideSchemaDetails } from './details.ts';
export { enforcePolicy } from './enforce.ts';
export { isForEverybody } from './refusals.ts';
export { type Policy, readPolicy } from './rules.ts';
export { stripPolicies } from './strip.ts';
