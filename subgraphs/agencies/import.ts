import { code, day, dimensionId, dimensionList, text } from '#shared/import/columns.ts';
import { agenciesReplica, provincesReplica } from '#shared/import/reference.ts';
import type { ImportSpec } from '#shared/import/spec.ts';

// TODO(lead): finish with the importer
export const imports: Readonly<Record<string, ImportSpec>> = { provinces: provincesReplica, agencies: agenciesReplica };
void [code, day, dimensionId, dimensionList, text];
