import { type DirectiveNode, type DocumentNode, Kind, parse, print, type TypeNode, visit } from 'graphql';
import { directiveNames, isAccessLink } from '#schema/access-directives.ts';
import { GIVEN_WITH } from '#schema/access-inputs.ts';

/**
 * A supergraph without its rules of access, for Apollo's gateway, which refuses one that has them: directives, their definitions, the scalars of
 * their arguments and the links to their specifications.
 */
export function stripPolicies(sdl: string): string {
  const document = parse(sdl, { noLocation: true });
  const names: ReadonlySet<string> = new Set([...Object.values(directiveNames(document)), GIVEN_WITH]);
  const scalars = argumentTypes(document, names);
  const links = (directives: readonly DirectiveNode[] | undefined) => directives?.filter((directive) => !isAccessLink(directive)) ?? [];
  return print(
    visit(document, {
      [Kind.SCHEMA_DEFINITION]: (node) => ({ ...node, directives: links(node.directives) }),
      [Kind.SCHEMA_EXTENSION]: (node) => ({ ...node, directives: links(node.directives) }),
      [Kind.DIRECTIVE]: ({ name }) => (names.has(name.value) ? null : undefined),
      [Kind.DIRECTIVE_DEFINITION]: ({ name }) => (names.has(name.value) ? null : undefined),
      [Kind.SCALAR_TYPE_DEFINITION]: ({ name }) => (scalars.has(name.value) ? null : undefined),
    }),
  );
}

/** The types that only the directives' arguments are of. */
function argumentTypes({ definitions }: DocumentNode, names: ReadonlySet<string>): ReadonlySet<string> {
  const found = definitions.flatMap((definition) =>
    definition.kind === Kind.DIRECTIVE_DEFINITION && names.has(definition.name.value) ? (definition.arguments ?? []).map(({ type }) => named(type)) : [],
  );
  return new Set(found.filter((name) => name.includes('__')));
}

function named(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : named(type.type);
}
