// Makes elements. Text of the application is always set as text, never as HTML.

/** Makes an element with attributes and children: `on…` attributes are listeners, strings are text. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    // `false` is a state there, and not a missing attribute.
    else if (key.startsWith("aria-") && typeof value === "boolean") element.setAttribute(key, String(value));
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(key, String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Sets a text, and marks the element if it is another one than before. */
export function update(element, text) {
  if (element.textContent === text) return;
  const isNew = element.dataset.seen === undefined;
  element.textContent = text;
  element.dataset.seen = "";
  if (isNew) return;
  element.classList.remove("changed");
  // The animation begins again only after a layout.
  void element.offsetWidth;
  element.classList.add("changed");
}

/** The value of the protocol as text for a cell. */
export function cell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value !== "object") return String(value);
  for (const key of ["$int", "$float", "$bytes"]) if (key in value) return value[key];
  if ("$placeholder" in value) return `<${value.$placeholder}>`;
  return JSON.stringify(value);
}

/** The value of the protocol as a number, or NaN. */
export function number(value) {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  if (value && typeof value === "object") return Number(value.$int ?? (value.$float === "inf" ? "Infinity" : value.$float));
  return NaN;
}

/** The entries of a map of the protocol, whatever its keys are. */
export function entries(value) {
  if (value && Array.isArray(value.$map)) return value.$map;
  return Object.entries(value ?? {});
}
