import { parse, print } from 'graphql';
import { type SeparatedFields, separateRequiredFields } from './required-fields.ts';
import { type SeparatedServices, separateServices } from './separate-services.ts';

/** A supergraph as it is planned on, and what its plans mean by what is not in the one that is served. */
export interface SeparatedSupergraph extends Omit<SeparatedFields, 'document'>, Omit<SeparatedServices, 'document'> {
  readonly sdl: string;
}

/** Takes apart what Apollo's planner would take for one: fields with different arguments, and fields of a service that cannot be asked for at once. */
export function separate(sdl: string): SeparatedSupergraph {
  const whole = parse(sdl, { noLocation: true });
  const { document: withFields, rewriteOperation, nameInRepresentation } = separateRequiredFields(whole);
  const { document, serviceOf } = separateServices(withFields, nameInRepresentation);
  return { sdl: document === whole ? sdl : print(document), rewriteOperation, nameInRepresentation, serviceOf };
}
