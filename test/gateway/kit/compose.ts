import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@shareable", "@override"])\n';

/** The supergraph of services s0, s1 …, by what their schemas have besides the link to federation. */
export function compose(...schemas: readonly string[]): string {
  return composeNamed(Object.fromEntries(schemas.map((typeDefs, index) => [`s${index}`, typeDefs])));
}

/** The same of services with these names. */
export function composeNamed(schemas: Readonly<Record<string, string>>): string {
  const { supergraphSdl, errors } = composeServices(
    Object.entries(schemas).map(([name, typeDefs]) => ({ name, url: `http://${name}`, typeDefs: parse(LINK + typeDefs) })),
  );
  if (supergraphSdl === undefined) throw new Error(errors?.join('\n'));
  return supergraphSdl;
}
