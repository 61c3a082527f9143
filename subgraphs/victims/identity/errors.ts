/** What keeps an identity from being recorded, read or found. The message is for whoever gave the command, and never holds a value of a person. */
export class IdentityError extends Error {
  readonly code: IdentityFault;

  constructor(code: IdentityFault, vietnamese: string, english: string) {
    super(`${vietnamese} · ${english}`);
    this.code = code;
  }
}

/**
 * NOT_THERE: no such person, or another agency's: the two are not told apart. NOT_RECORDED: the person has no identity here. ERASED: its key is
 * gone. UNKNOWN_KEY: its key is wrapped by a ministry's key that is not configured. WRONG_KEY: a ministry's key of that name is another one.
 * DAMAGED: what is stored is not what was sealed for this person and column. INVALID: what was given is no identity.
 */
export type IdentityFault = 'NOT_THERE' | 'NOT_RECORDED' | 'ERASED' | 'UNKNOWN_KEY' | 'WRONG_KEY' | 'DAMAGED' | 'INVALID';
