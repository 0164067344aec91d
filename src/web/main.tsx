import { render } from 'preact';
import { PageSession } from './agent/page-session.js';
import { App } from './app.js';
import { keepForOffline } from './offline/worker-registration.js';

const build = document.querySelector<HTMLMetaElement>('meta[name=typhon-build]')?.content ?? '';
const page = document.getElementById('page');
if (page === null) throw new Error('the document has no place for the page');
const session = new PageSession(window, build);
void session.poll.now();
render(<App session={session} />, page);
keepForOffline(window, session);
