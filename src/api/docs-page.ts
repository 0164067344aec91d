/** A page that lists the endpoints from `/openapi.json` and sends requests to them; it needs nothing from elsewhere. */
import { createHash } from 'node:crypto';

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
details { border: 1px solid #8886; border-radius: .4rem; margin: .5rem 0; padding: .4rem .8rem; }
summary { cursor: pointer; }
code, pre, output { font: .9rem/1.4 ui-monospace, monospace; }
output { display: block; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 24rem; overflow: auto; }
label { display: grid; grid-template-columns: 10rem 1fr; gap: .5rem; margin: .3rem 0; }
.method { display: inline-block; min-width: 4.5rem; font-weight: 700; text-transform: uppercase; }
`;

const SCRIPT = `
const list = document.querySelector('main');
const token = document.querySelector('#token');
const make = (tag, text, attributes = {}) => {
  const element = Object.assign(document.createElement(tag), attributes);
  if (text) element.textContent = text;
  return element;
};
function fields(form, parameters) {
  for (const parameter of parameters) {
    const label = make('label', parameter.name + (parameter.required ? ' *' : ''));
    const values = parameter.schema?.enum;
    const input = values ? make('select') : make('input', '', { type: 'text', placeholder: parameter.description ?? '' });
    if (values) for (const value of ['', ...values]) input.append(make('option', value, { value }));
    input.name = parameter.name;
    label.append(input);
    form.append(label);
  }
}
async function send(method, path, parameters, form, output) {
  const query = new URLSearchParams();
  let url = path;
  for (const { name, in: place } of parameters) {
    const value = form.elements[name].value;
    if (place === 'path') url = url.replace('{' + name + '}', encodeURIComponent(value));
    else if (value !== '') query.set(name, value);
  }
  const headers = token.value === '' ? {} : { authorization: 'Bearer ' + token.value };
  output.textContent = 'Waiting…';
  try {
    const answer = await fetch(query.size === 0 ? url : url + '?' + query, { method, headers });
    const text = await answer.text();
    let shown = text;
    try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch {}
    output.textContent = answer.status + ' ' + answer.statusText + '\\n' + shown;
  } catch (error) {
    output.textContent = 'No answer: ' + error.message;
  }
}
const described = await (await fetch('/openapi.json')).json();
for (const [path, operations] of Object.entries(described.paths)) {
  for (const [method, operation] of Object.entries(operations)) {
    const box = make('details');
    const head = make('summary');
    head.append(make('span', method, { className: 'method' }), make('code', path), ' ', operation.summary);
    const parameters = operation.parameters ?? [];
    const form = make('form');
    fields(form, parameters);
    form.append(make('button', 'Send'));
    const output = make('output');
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      send(method.toUpperCase(), path, parameters, form, output);
    });
    const answers = make('ul');
    for (const [status, answer] of Object.entries(operation.responses)) answers.append(make('li', status + ': ' + answer.description));
    box.append(head, answers, form, output);
    list.append(box);
  }
}
`;

function digestOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

const POLICY = [
  "default-src 'none'",
  `script-src ${digestOf(SCRIPT)}`,
  `style-src ${digestOf(STYLE)}`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The page at `/docs`, and the content security policy that lets just its own script and style run. */
export function docsPage(version: string): { readonly html: string; readonly policy: string } {
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>typhon ${version}: API</title>
<style>${STYLE}</style>
<h1>typhon ${version}: API</h1>
<p>The document behind this page is <a href="/openapi.json">/openapi.json</a>.</p>
<label>Token, where one is needed<input id="token" type="password" autocomplete="off"></label>
<main></main>
<script type="module">${SCRIPT}</script>
</html>
`;
  return { html, policy: POLICY };
}
