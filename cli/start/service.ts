/** One service that `npm start` runs as a process of its own. */
export interface Service {
  /** Also the name of its log file. */
  readonly name: string;
  /** The file that Node runs; absolute. */
  readonly script: string;
  readonly host: string;
  readonly port: number;
  /** The environment variable that changes the port. */
  readonly portVariable: string;
  /** Variables for this service alone, over those that all inherit. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** What a service is doing, as its log says (`ended`: its process is gone). `done` and `total` count records. */
export type ServiceState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'migrating' }
  | { readonly kind: 'seeding'; readonly records: string; readonly done: number; readonly total: number }
  | { readonly kind: 'ready'; readonly url: string }
  | { readonly kind: 'stopping' }
  | { readonly kind: 'ended' };

/** What a line of a service's log means to whoever watches the screen. */
export type LogEvent = { readonly kind: 'state'; readonly state: ServiceState } | { readonly kind: 'warning' | 'error' | 'fatal'; readonly text: string };

/** What keeps the stack from starting or running, in one line for whoever started it. */
export class StackFault extends Error {}
