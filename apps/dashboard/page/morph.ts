const HANDLERS = ['onclick', 'onsubmit', 'onchange', 'ontoggle'] as const;

/** An element that draws its own children from its data, such as a plot. */
interface SelfDrawn extends Element {
  data: unknown;
}

const isSelfDrawn = (element: Element): element is SelfDrawn => element.tagName.includes('-');

/**
 * Makes the children of `from` equal to those of `to`, and keeps every element that can stay. So the focus, typed text, unfolded
 * parts and scroll positions survive a refresh.
 */
export function morphChildren(from: Element, to: Element): void {
  const keyed = new Map<string, Element>();
  for (const child of from.children) {
    const key = keyOf(child);
    if (key !== undefined) keyed.set(key, child);
  }
  let place: ChildNode | null = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    const key = keyOf(wanted);
    const found: ChildNode | null | undefined = key === undefined ? place : keyed.get(key);
    if (found != null && alike(found, wanted)) {
      if (found === place) place = place.nextSibling;
      else from.insertBefore(found, place);
      if (key !== undefined) keyed.delete(key);
      morph(found, wanted);
    } else {
      from.insertBefore(wanted, place);
    }
  }
  while (place !== null) {
    const next: ChildNode | null = place.nextSibling;
    place.remove();
    place = next;
  }
}

function keyOf(node: Node): string | undefined {
  return node instanceof HTMLElement ? node.dataset.key : undefined;
}

function alike(a: Node, b: Node): boolean {
  return a.nodeName === b.nodeName && keyOf(a) === keyOf(b);
}

function morph(from: Node, to: Node): void {
  if (!(from instanceof HTMLElement && to instanceof HTMLElement)) {
    if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
    return;
  }
  morphAttributes(from, to);
  for (const name of HANDLERS) Object.assign(from, { [name]: to[name] });
  if (isSelfDrawn(from) && isSelfDrawn(to)) from.data = to.data;
  else morphChildren(from, to);
}

function morphAttributes(from: HTMLElement, to: HTMLElement): void {
  for (const { name } of [...from.attributes]) {
    // `open` is for the reader to change. Styles may only be changed through the DOM.
    if (!to.hasAttribute(name) && name !== 'open' && name !== 'style') from.removeAttribute(name);
  }
  for (const { name, value } of to.attributes) {
    if (name !== 'style' && from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
  if (from.style.cssText !== to.style.cssText) from.style.cssText = to.style.cssText;
}
