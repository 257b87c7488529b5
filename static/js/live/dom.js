/**
 * Change a text only where it differs: nothing is laid out anew for what stays.
 * @param {Element | null | undefined} element
 * @param {string} text
 */
export function setText(element, text) {
  if (!element || element.textContent === text) return;
  const only = element.firstChild;
  // Changing the text in place is cheaper than a new node: no selector has to look again.
  if (only instanceof Text && !only.nextSibling && text) only.data = text;
  else element.textContent = text;
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {string | null} value null takes the attribute away
 */
export function setAttribute(element, name, value) {
  if (element.getAttribute(name) === value) return;
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}

/**
 * The elements marked with data-part under an element, by that name.
 * @param {Element} element
 * @returns {Record<string, Element>}
 */
export function partsOf(element) {
  /** @type {Record<string, Element>} */
  const parts = {};
  for (const part of element.querySelectorAll("[data-part]")) {
    parts[part.getAttribute("data-part") ?? ""] = part;
  }
  return parts;
}
