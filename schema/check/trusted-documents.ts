import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  type DocumentNode,
  getNamedType,
  GraphQLError,
  type GraphQLSchema,
  isObjectType,
  Kind,
  parse,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { scopesOf } from '../access.ts';
import { type AccessRule, fulfils, readRule } from '../access-rule.ts';
import type { Caller } from '../identity.ts';
import { documentHash, type Manifest, readDocumentFile } from '../trusted-documents.ts';
import type { Fault } from './fault.ts';

const FOLDER = 'schema/operations';
/** Whoever asks without a token. */
const ANYBODY: Caller = { subject: null, agency: null, scopes: scopesOf(['public']), purpose: null };

/** The text of `schema/trusted-documents.json`: every document of `schema/operations/` by its hash, in the order of their names. */
export function trustedDocuments(project: string): string {
  const manifest: Manifest = Object.fromEntries(
    files(project).map(({ name, text }) => {
      const { document, public: isPublic } = readDocumentFile(text);
      return [documentHash(document), { name, public: isPublic, document }];
    }),
  );
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** Public documents that ask for what not everybody may. Documents that do not fit the schema are told elsewhere. */
export function checkPublicDocuments(project: string, apiSchema: GraphQLSchema, supergraph: string): Fault[] {
  const ruleOf = readRules(supergraph);
  return files(project)
    .filter(({ text }) => readDocumentFile(text).public)
    .flatMap(({ name, text }) => {
      const document = parseIfFit(text, apiSchema);
      const refused = document === null ? new Set<string>() : protectedParts(document, apiSchema, ruleOf);
      return [...refused].map((part) => ({
        file: `${FOLDER}/${name}.graphql`,
        message: `is public, but ${part} is not for everybody`,
        action: 'take the line "# public" out, or what is not for everybody',
      }));
    });
}

function files(project: string): { name: string; text: string }[] {
  return readdirSync(join(project, FOLDER))
    .filter((file) => file.endsWith('.graphql'))
    .toSorted()
    .map((file) => ({ name: basename(file, '.graphql'), text: readFileSync(join(project, FOLDER, file), 'utf8') }));
}

/** The rules of the supergraph by `Type` and `Type.field`. */
function readRules(supergraph: string): (coordinate: string) => AccessRule | null {
  const rules = new Map<string, AccessRule | null>();
  for (const definition of parse(supergraph, { noLocation: true }).definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    rules.set(definition.name.value, readRule(definition.directives));
    for (const field of definition.fields ?? []) rules.set(`${definition.name.value}.${field.name.value}`, readRule(field.directives));
  }
  return (coordinate) => rules.get(coordinate) ?? null;
}

/** What of a document {@link ANYBODY} may not see, as coordinates; of an abstract type, what any of its types may not show. */
function protectedParts(document: DocumentNode, apiSchema: GraphQLSchema, ruleOf: (coordinate: string) => AccessRule | null): Set<string> {
  const info = new TypeInfo(apiSchema);
  const found = new Set<string>();
  const check = (coordinate: string) => {
    const rule = ruleOf(coordinate);
    if (rule !== null && !fulfils(rule, ANYBODY)) found.add(coordinate);
  };
  visit(
    document,
    visitWithTypeInfo(info, {
      [Kind.FIELD]: () => {
        const parent = info.getParentType();
        const field = info.getFieldDef();
        if (!parent || !field) return;
        const holders = isObjectType(parent) ? [parent] : [parent, ...apiSchema.getPossibleTypes(parent)];
        for (const holder of holders) for (const coordinate of [holder.name, `${holder.name}.${field.name}`]) check(coordinate);
        check(getNamedType(field.type).name);
      },
    }),
  );
  return found;
}

function parseIfFit(text: string, apiSchema: GraphQLSchema): DocumentNode | null {
  try {
    const document = parse(text);
    return validate(apiSchema, document).length === 0 ? document : null;
  } catch (error) {
    if (error instanceof GraphQLError) return null;
    throw error;
  }
}
