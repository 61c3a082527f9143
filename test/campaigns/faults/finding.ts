/** What a scenario of the campaign has shown. */
export interface Finding {
  readonly name: string;
  readonly figures: string;
  /** Whether it is as it should be. */
  readonly holds: boolean;
}
