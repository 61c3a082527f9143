const KEY_ALIAS =
  'the client’s alias and the key share one response name in the subgraph query: the key’s value is answered for the alias, or the alias’s value sent as key';
const REQUIRED_ALIAS = 'the client’s alias and the required field share one response name: what the client named so is sent as what is required';
const REQUIRED_ARGUMENT = 'the selection’s field and the required one differ by argument only and share one response name: one’s value is used for both';

/** Operations that bare `@apollo/gateway` 2.14.4 answers otherwise than expected, and why the expected answer is right. */
export const APOLLO_WRONG: Readonly<Record<string, string>> = {
  'KEY-06': KEY_ALIAS,
  'KEY-07': KEY_ALIAS,
  'KEY-08': KEY_ALIAS,
  'KEYC-03': KEY_ALIAS,
  'KEYC-04': KEY_ALIAS,
  'KEYN-03': KEY_ALIAS,
  'KEYN-04': KEY_ALIAS,
  'KEYS-03': KEY_ALIAS,
  'KEYS-04': KEY_ALIAS,
  'PRON-04': KEY_ALIAS,
  'REQ-03': REQUIRED_ALIAS,
  'REQ-04': REQUIRED_ALIAS,
  'REQ-06': REQUIRED_ALIAS,
  'REQC-03': REQUIRED_ALIAS,
  'REQA-02': REQUIRED_ARGUMENT,
  'REQA-03': REQUIRED_ARGUMENT,
  'REQA-04': REQUIRED_ARGUMENT,
  'REQA-07': REQUIRED_ARGUMENT,
};
