/** The parts of a measurement that do not depend on who is measured. */
export interface Scenario {
  readonly name: string;
  /** What it is, in one line of the report. */
  readonly description: string;
  /** The supergraph with its rules of access; its subgraphs' URLs are replaced. */
  readonly supergraph: string;
  /** The subgraphs' schemas by name; what answers for them is subgraphs/data.ts. */
  readonly subgraphs: Readonly<Record<string, string>>;
  /** One operation. */
  readonly document: string;
  /** The name of the operation. */
  readonly operation: string;
  /** Variables of the request with this number: those of two numbers are never the same. The answer is the same for all. */
  variables(number: number): Record<string, unknown>;
  /** What {@link variables} has made unique, wherever it is sent: subgraphs overlook it. Global. */
  readonly unique: RegExp;
}
