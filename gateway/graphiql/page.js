// Runs in the browser, as it stands here: GraphiQL with the example operations as a panel of its own, open at first.
import { Identity, identityHeaders } from './identity.js';

const { React, ReactDOM, GraphiQL } = globalThis;
const h = React.createElement;

const { endpoint, operations, identity } = await (await fetch('/graphiql/setup.json')).json();

const EXAMPLES = { title: 'Ví dụ · Examples', icon: ExamplesIcon, content: Examples };

/** The example operations; a click opens one in a tab of its own, or goes to the tab that is open already. */
function Examples() {
  const { tabs, activeTabIndex, queryEditor, variableEditor, addTab, changeTab, updateActiveTabValues } = GraphiQL.React.useEditorContext({ nonNull: true });
  const open = ({ name, query, variables }) => {
    const index = tabs.findIndex((tab) => tab.title === name);
    if (index < 0) {
      addTab();
      updateActiveTabValues({ query, variables, operationName: name });
      changeTab(tabs.length);
    } else {
      // What was typed in the last moment is not in the tab yet.
      updateActiveTabValues({ query: queryEditor.getValue(), variables: variableEditor.getValue() });
      changeTab(index);
    }
  };
  const item = (operation) =>
    h(
      'li',
      { key: operation.name },
      h(
        'button',
        { type: 'button', onClick: () => open(operation), 'aria-current': tabs[activeTabIndex].title === operation.name },
        h('strong', null, operation.name),
        operation.description.map((line) => h('span', { key: line }, line)),
      ),
    );
  return h(
    'section',
    { 'aria-label': EXAMPLES.title },
    h('h2', { className: 'examples-title' }, EXAMPLES.title),
    h('p', { className: 'examples-note' }, 'Chọn một truy vấn rồi nhấn ▶ để chạy. · Choose an operation, then run it with ▶.'),
    h(
      'p',
      { className: 'examples-note' },
      'Bản ghi mẫu là dữ liệu giả lập: trường synthetic cho biết số liệu có chứa chúng không. · Demo records are synthetic: the field synthetic tells whether figures include them.',
    ),
    h('ul', { className: 'examples' }, operations.map(item)),
  );
}

function ExamplesIcon() {
  return h(
    'svg',
    { viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', strokeWidth: 1.5, strokeLinecap: 'round', 'aria-hidden': true },
    h('path', { d: 'M9 6h11M9 12h11M9 18h11M4 6h.01M4 12h.01M4 18h.01' }),
  );
}

const fetcher = GraphiQL.createFetcher({ url: endpoint, enableIncrementalDelivery: false });

/** GraphiQL learns the operation's name a moment after a tab was changed; run at once, it would send the name of the tab before. */
function named({ operationName, ...request }) {
  const itsOwn = new RegExp(`\\b(query|mutation|subscription)\\s+${operationName}\\b`).test(request.query);
  return itsOwn ? { ...request, operationName } : request;
}

// Other projects' GraphiQL keep their tabs for the same localhost:4000 too.
const storage = GraphiQL.createLocalStorage({ namespace: 'hotline-111' });
// GraphiQL goes on with the tabs of the last time; only who is here first gets this one.
const [first] = storage.length === 0 ? operations : [];
const SETTINGS = {
  storage,
  plugins: [EXAMPLES],
  visiblePlugin: EXAMPLES,
  query: first?.query,
  variables: first?.variables,
  defaultEditorToolsVisibility: 'variables',
  isHeadersEditorEnabled: false,
};

function Page() {
  const [who, setWho] = React.useState({ agency: '', ...identity?.usual });
  // Another fetcher makes GraphiQL ask for the schema again: others may see it, or not.
  const ask = React.useMemo(() => {
    const headers = identity === null ? async () => ({}) : identityHeaders(identity, who);
    return async (request, options) => fetcher(named(request), { ...options, headers: await headers() });
  }, [who]);
  const choice = identity === null ? null : h(Identity, { choices: identity, who, onChange: setWho });
  return h(React.Fragment, null, choice, h(GraphiQL, { ...SETTINGS, fetcher: ask }));
}

ReactDOM.createRoot(document.getElementById('graphiql')).render(h(Page));
