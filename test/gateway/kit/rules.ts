import { type DocumentNode, Kind, parse, visit } from 'graphql';

const RULE = '@requiresScopes(scopes: [["reference:read"]])';

/** A subgraph's schema in which every field has a rule: where none says otherwise, one that everybody fulfils. The gateway starts with no other. */
export function withRules(typeDefs: string): DocumentNode {
  if (/@(authenticated|requiresScopes|policy)\b/.test(typeDefs)) return parse(typeDefs);
  const document = parse(typeDefs.replace('import: [', 'import: ["@requiresScopes", '));
  const [definition] = parse(`type Any { field: Int ${RULE} }`, { noLocation: true }).definitions;
  const rule = (definition?.kind === Kind.OBJECT_TYPE_DEFINITION && definition.fields?.[0]?.directives) || [];
  return visit(document, {
    [Kind.INTERFACE_TYPE_DEFINITION]: () => false,
    // What is another subgraph's has its rule there.
    [Kind.FIELD_DEFINITION]: (node) =>
      node.directives?.some(({ name }) => name.value === 'external') ? undefined : { ...node, directives: [...(node.directives ?? []), ...rule] },
  });
}
