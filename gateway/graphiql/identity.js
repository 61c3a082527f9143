// Runs in the browser, as it stands here: on whose behalf the page asks. Tokens are kept in memory only, and are gone with the page.
const { React } = globalThis;
const h = React.createElement;

/** A token is replaced when it has less than this left; in milliseconds. */
const RENEW = 5 * 60_000;

/**
 * The headers of requests on somebody's behalf, as a function: it gets a token when it is first called, and another before that one expires.
 * `who`: roles, agency (empty: the usual one of the roles) and purpose (empty: none).
 */
export function identityHeaders({ tokens, purposeHeader }, { roles, agency, purpose }) {
  let current;
  const renew = async () => {
    const asked = new URLSearchParams([...roles.map((role) => ['role', role]), ...(agency === '' ? [] : [['agency', agency]])]);
    const response = await fetch(`${tokens}?${asked}`);
    const { token, expiresAt, errors } = await response.json();
    if (!response.ok) throw new Error(errors?.[0]?.message ?? `${tokens}: ${response.status}`);
    return { token, until: Date.parse(expiresAt) - RENEW };
  };
  return async () => {
    const purposes = purpose === '' ? {} : { [purposeHeader]: purpose };
    // Anybody comes without a token.
    if (roles.every((role) => role === 'public')) return purposes;
    const held = await current?.catch(() => undefined);
    if (held === undefined || held.until <= Date.now()) current = renew();
    const { token } = await current;
    return { ...purposes, authorization: `Bearer ${token}` };
  };
}

/** Lets one choose on whose behalf the page asks. */
export function Identity({ choices, who, onChange }) {
  const label = ({ vi, en }) => `${vi} · ${en}`;
  const chosen = choices.roles.filter(({ name }) => who.roles.includes(name));
  const toggle =
    (name) =>
    ({ target }) =>
      onChange({ ...who, roles: target.checked ? [...who.roles, name] : who.roles.filter((role) => role !== name) });
  const role = (each) =>
    h('label', { key: each.name }, h('input', { type: 'checkbox', checked: who.roles.includes(each.name), onChange: toggle(each.name) }), label(each));
  return h(
    'form',
    { className: 'identity', 'aria-label': 'Người hỏi · Who asks', onSubmit: (event) => event.preventDefault() },
    h(
      'details',
      null,
      h('summary', null, h('b', null, 'Vai trò · Roles: '), chosen.map(label).join(', ') || label(choices.roles[0])),
      h('fieldset', { 'aria-label': 'Vai trò · Roles' }, choices.roles.map(role)),
    ),
    h('label', null, h('b', null, 'Cơ quan · Agency '), h(Agency, { value: who.agency, onCommit: (agency) => onChange({ ...who, agency }) })),
    h(
      'label',
      null,
      h('b', null, 'Mục đích · Purpose '),
      h(
        'select',
        { value: who.purpose, onChange: ({ target }) => onChange({ ...who, purpose: target.value }) },
        h('option', { value: '' }, 'Không nêu · None'),
        choices.purposes.map((each) => h('option', { key: each.name, value: each.name }, label(each))),
      ),
    ),
  );
}

/** A text that counts once it is finished: every letter would get a token of its own. */
function Agency({ value, onCommit }) {
  const commit = ({ target }) => target.value.trim() !== value && onCommit(target.value.trim());
  return h('input', {
    defaultValue: value,
    placeholder: 'theo vai trò · by role',
    spellCheck: false,
    onBlur: commit,
    onKeyDown: (event) => event.key === 'Enter' && commit(event),
  });
}
