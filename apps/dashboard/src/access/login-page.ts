import { readFileSync } from 'node:fs';
import type { UsersFileError } from '@sluice/access';

const frame = readFileSync(new URL('./login.html', import.meta.url), 'utf8');

/** What a person sees who is not logged in yet. */
export type LoginPage =
  | { readonly shows: 'form'; readonly message: string; readonly to: string }
  | { readonly shows: 'link'; readonly message: string }
  | { readonly shows: 'shut'; readonly why: Pick<UsersFileError, 'shown' | 'hint'>; readonly to: string }
  | { readonly shows: 'welcome'; readonly to: string };

export function loginPage(page: LoginPage): string {
  const script = '<script type="module" src="/login.js"></script>';
  // Redirects from a page of our own. The browser may not send the SameSite cookie if a terminal or a mail opened the address.
  const away =
    page.shows === 'welcome'
      ? `<noscript><meta http-equiv="refresh" content="0; url=${escaped(page.to)}"></noscript>`
      : '';
  const head = page.shows === 'welcome' || page.shows === 'link' ? `${script}${away}` : '';
  return frame.replace('{{head}}', () => head).replace('{{content}}', () => contentOf(page));
}

function contentOf(page: LoginPage): string {
  switch (page.shows) {
    case 'form':
      // Without an action the form goes to the address of this page, and the browser keeps what stands behind its `#`.
      return `${alert(page.message)}
      <form method="post">
        <input type="hidden" name="to" value="${escaped(page.to)}">
        <label for="name">Name</label>
        <input id="name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false" required>
        <label for="password">Password</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required>
        <button type="submit">Log in</button>
      </form>`;
    case 'link':
      return `${alert(page.message)}
      <p>This dashboard has no users yet. In the folder of Sluice, on its machine, run</p>
      <pre><code>npm run sluice -- dashboard-url</code></pre>
      <p>and open the link that it prints, which works once. Or make a user, and log in here:</p>
      <pre><code>npm run sluice -- user add NAME <span>--role operator</span></code></pre>`;
    case 'shut':
      return `${alert('Nobody can log in now.')}
      <p>${escaped(sentence(page.why.shown))} It may no longer say who may come in, so nobody does.</p>
      <p>What to do: ${escaped(page.why.hint)}. The log of the dashboard names the file, and so does</p>
      <pre><code>npm run sluice -- doctor</code></pre>
      <p>Once it is put right, log-ins work: <a href="/login?to=${encodeURIComponent(page.to)}">try again</a>.</p>`;
    case 'welcome':
      return `<p>You are logged in: <a href="${escaped(page.to)}" data-opened>open the dashboard</a>.</p>`;
  }
}

function alert(message: string): string {
  return message === '' ? '' : `<p role="alert">${escaped(message)}</p>`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
