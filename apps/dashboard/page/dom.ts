/** What an element may contain. Text is always shown as text, because nothing here parses HTML. */
export type Child = Node | string | number | null | false | readonly Child[];

interface Attributes {
  readonly [name: string]: string | number | boolean | null | undefined;
}

interface Props {
  readonly class?: string;
  /** An address on our own page or server, which begins with `#` or `/`. */
  readonly href?: string;
  /** Identifies a row among its siblings when the page is shown again. */
  readonly key?: string | number;
  readonly label?: string;
  readonly attributes?: Attributes;
  /** Styles are set through the DOM, which the Content-Security-Policy allows. */
  readonly style?: Readonly<Record<string, string>>;
  readonly onclick?: (event: MouseEvent) => void;
  readonly onsubmit?: (event: SubmitEvent) => void;
  readonly onchange?: (event: Event) => void;
  readonly ontoggle?: (event: Event) => void;
}

/** Creates an element. Values from files go into text nodes or harmless attributes, never into markup. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (props.class !== undefined) element.className = props.class;
  if (props.href !== undefined) element.setAttribute('href', ownAddress(props.href));
  if (props.key !== undefined) element.dataset.key = String(props.key);
  if (props.label !== undefined) element.setAttribute('aria-label', props.label);
  for (const [name, value] of Object.entries(props.attributes ?? {})) {
    if (/^(on|style$|href$|src$|srcdoc$)/i.test(name)) throw new Error(`attribute ${name} is not set here`);
    if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined)
      element.setAttribute(name, String(value));
  }
  for (const [name, value] of Object.entries(props.style ?? {})) element.style.setProperty(name, value);
  for (const name of ['onclick', 'onsubmit', 'onchange', 'ontoggle'] as const) {
    if (props[name] !== undefined) Object.assign(element, { [name]: props[name] });
  }
  put(element, children);
  return element;
}

function put(parent: Node, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === false) continue;
    if (Array.isArray(child)) put(parent, child);
    else parent.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** Allows only an address on this server, so that a value from a file never leads to another site or a script. */
function ownAddress(address: string): string {
  return /^(#|\/(?![/\\]))/.test(address) ? address : '#/';
}

/** The address of a link within the page. Every part is escaped. */
export function to(
  parts: readonly (string | number)[],
  query: Readonly<Record<string, string | number>> = {},
): string {
  const path = parts.map((part) => encodeURIComponent(part)).join('/');
  const asked = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  return `#/${path}${asked.size === 0 ? '' : `?${asked}`}`;
}
