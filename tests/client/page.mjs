// The least of a document that Preact needs, so that parts can be drawn without a browser. Focus is lost as in one:
// with its node taken out, or moved by taking it out and putting it in again. No layout, no style sheets, no parser.

import DOMPurify from "../../frontend/node_modules/dompurify/dist/purify.es.mjs";

class Node extends EventTarget {
  parentNode = null;
  childNodes = [];

  get firstChild() {
    return this.childNodes[0] ?? null;
  }

  get nextSibling() {
    const all = this.parentNode?.childNodes ?? [];
    return all[all.indexOf(this) + 1] ?? null;
  }

  get isConnected() {
    return this === document.body || Boolean(this.parentNode?.isConnected);
  }

  get textContent() {
    return this.childNodes.map((node) => node.textContent).join("");
  }

  contains(node) {
    return node === this || (node !== null && this.contains(node.parentNode ?? null));
  }

  appendChild(node) {
    return this.insertBefore(node, null);
  }

  insertBefore(node, before) {
    node.parentNode?.removeChild(node);
    const at = before ? this.childNodes.indexOf(before) : this.childNodes.length;
    if (at < 0) throw new Error("that is no child of this node");
    this.childNodes.splice(at, 0, node);
    node.parentNode = this;
    return node;
  }

  removeChild(node) {
    if (node.contains(document.activeElement)) document.activeElement = document.body;
    this.childNodes = this.childNodes.filter((one) => one !== node);
    node.parentNode = null;
    return node;
  }

  remove() {
    this.parentNode?.removeChild(this);
  }
}

class Text extends Node {
  nodeType = 3;

  constructor(data) {
    super();
    this.data = data;
  }

  get textContent() {
    return this.data;
  }
}

class Element extends Node {
  nodeType = 1;
  attributes = [];
  dataset = {};
  style = { setProperty: () => undefined };
  scrollTop = 0;
  scrollHeight = 0;
  clientHeight = 0;

  constructor(name, namespaceURI = "") {
    super();
    this.localName = name;
    this.namespaceURI = namespaceURI;
  }

  getAttribute(name) {
    return this.attributes.find((one) => one.name === name)?.value ?? null;
  }

  setAttribute(name, value) {
    this.removeAttribute(name);
    this.attributes.push({ name, value: String(value) });
  }

  removeAttribute(name) {
    this.attributes = this.attributes.filter((one) => one.name !== name);
  }

  /** Of names, classes, ids and attributes in one, and lists of them: `a[href], .step, [role=tab][tabindex='0']`. */
  matches(selector) {
    return selector.split(/,\s*/).some((one) => (one.match(/\[[^\]]*\]|[.#]?[\w-]+/g) ?? []).every((part) => this.#is(part)));
  }

  #is(part) {
    const [, name, value] = /^\[([\w-]+)(?:=['"]?(.*?)['"]?)?\]$/.exec(part) ?? [];
    if (name) return value === undefined ? this.getAttribute(name) !== null : this.getAttribute(name) === value;
    if (part.startsWith("#")) return this.getAttribute("id") === part.slice(1);
    if (!part.startsWith(".")) return this.localName === part;
    return (this.getAttribute("class") ?? "").split(/\s+/).includes(part.slice(1));
  }

  querySelectorAll(selector) {
    const below = this.childNodes.filter((node) => node instanceof Element);
    return below.flatMap((node) => [...(node.matches(selector) ? [node] : []), ...node.querySelectorAll(selector)]);
  }

  querySelector(selector) {
    return this.querySelectorAll(selector)[0] ?? null;
  }

  replaceChildren(...nodes) {
    for (const node of this.childNodes) this.removeChild(node);
    for (const node of nodes) this.appendChild(node);
  }

  scrollIntoView() {}

  checkVisibility() {
    return true;
  }

  get tabIndex() {
    return Number(this.getAttribute("tabindex") ?? (this.matches("a, button, input, textarea, summary") ? 0 : -1));
  }

  focus() {
    if (this.isConnected) document.activeElement = this;
  }

  click() {
    this.dispatchEvent(Object.assign(new Event("click"), { button: 0 }));
  }
}

export const document = new Node();
document.body = new Element("body");
document.activeElement = document.body;
document.cookie = "";
document.documentElement = new Element("html");
document.getElementById = (id) => document.body.querySelector(`#${id}`);
document.createElementNS = (namespace, name) => new Element(name, namespace);
document.createElement = (name) => new Element(name);
document.createTextNode = (data) => new Text(data);
document.createDocumentFragment = () => new Element("fragment");

class ResizeObserver {
  observe() {}
  disconnect() {}
}

// Without a window DOMPurify does nothing. What it lets through is for the tests in a browser; here it stays text.
Object.assign(DOMPurify, {
  addHook: () => undefined,
  sanitize: (text) => Object.assign(document.createDocumentFragment(), { childNodes: [document.createTextNode(text)] }),
});
Object.assign(globalThis, { Element, HTMLElement: Element, ResizeObserver });
globalThis.document = document;
globalThis.requestAnimationFrame = (task) => setTimeout(task);
globalThis.cancelAnimationFrame = clearTimeout;

/** What was asked to be drawn is drawn. */
export const drawn = () => new Promise((resolve) => setTimeout(resolve, 5));

/** @param {Element} root @param {RegExp} name @returns the first link or button of that name, as readers are told it */
export function named(root, name) {
  return [...root.querySelectorAll("a"), ...root.querySelectorAll("button")]
    .find((one) => name.test((one.getAttribute("aria-label") ?? one.textContent).trim())) ?? null;
}
