import { type SeparatedArguments, separateRequiredArguments } from './required-arguments.ts';
import { type SeparatedServices, separateServices } from './separate-services.ts';

/** A supergraph as it is planned on, and what its plans mean by what is not in the one that is served. */
export type SeparatedSupergraph = SeparatedArguments & SeparatedServices;

/** Takes apart what Apollo's planner would take for one: fields with different arguments, and fields of a service that cannot be asked for at once. */
export function separate(sdl: string): SeparatedSupergraph {
  const fields = separateRequiredArguments(sdl);
  return { ...fields, ...separateServices(fields.sdl, fields.nameInRepresentation) };
}
