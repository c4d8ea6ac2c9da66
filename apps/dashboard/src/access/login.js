// A browser does not send what stands behind the `#` of an address. So the page that says how to get a link remembers in this browser
// where the reader wanted to go, and the page that a link opens leads there.
const KEY = 'sluice-wanted';
const REMEMBER_MS = 30 * 60_000;

const opened = document.querySelector('a[data-opened]');
const asked = ownAddress(`${new URLSearchParams(location.search).get('to') ?? '/'}${location.hash}`);
if (opened !== null) {
  const wanted = asked ?? remembered() ?? opened.href;
  localStorage.removeItem(KEY);
  location.replace(wanted);
} else if (asked !== undefined) {
  localStorage.setItem(KEY, JSON.stringify({ wanted: asked, at: Date.now() }));
}

function remembered() {
  try {
    const { wanted, at } = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return Date.now() - at < REMEMBER_MS ? ownAddress(wanted) : undefined;
  } catch {
    return undefined;
  }
}

/** A place of this server other than its first page. Nothing leads to another site. */
function ownAddress(text) {
  if (!URL.canParse(text, location.origin)) return undefined;
  const { origin, href } = new URL(text, location.origin);
  return origin === location.origin && href !== `${origin}/` ? href : undefined;
}
