/** @returns {import("./types.js").Configuration} what the server put into the page */
export function readConfiguration() {
  const element = document.getElementById("live-configuration");
  return JSON.parse(element?.textContent ?? "{}");
}

/**
 * @param {string} text with {name} where values go
 * @param {Record<string, string | number>} values
 */
export function fill(text, values) {
  return text.replaceAll(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}
