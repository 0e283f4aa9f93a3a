// The live tree: what is open is read again each second.

import { make, update } from "./dom.js";

const PAGE = 100;
/** How much of a value a reader of the screen reads. */
const MAX_NAME = 200;

export class Tree {
  static title = "Tree";
  #open = new Map();
  #docs = new Map();

  constructor(program, body, argument) {
    this.program = program;
    this.root = make("ul", { role: "tree", "aria-label": `Values of ${program.label}` });
    this.message = make("p", { role: "alert", class: "error" });
    this.root.addEventListener("keydown", (event) => this.#key(event));
    body.append(this.message, this.root);
    this.roots = { path: undefined, list: this.root, level: 1, items: new Map(), limit: PAGE };
    // What a link leads to.
    this.target = argument;
    this.wanted = argument ? ancestors(argument) : [];
  }

  async refresh() {
    await this.#read(this.roots);
    for (const node of [...this.#open.values()]) {
      if (node.list.isConnected) await this.#read(node);
      else this.#open.delete(node.path);
    }
    for (const path of this.wanted.splice(0)) {
      const item = this.root.querySelector(`[data-path="${CSS.escape(path)}"]`);
      if (!item) continue;
      if (item.getAttribute("aria-expanded") === "false") await this.#toggle(item);
      if (path === this.target) {
        this.#focus(item);
        item.scrollIntoView({ block: "center" });
        this.target = null;
      }
    }
  }

  async #read(node) {
    let found;
    try {
      found = await this.program.ask("inspect", { ...(node.path && { path: node.path }), limit: Math.min(node.limit, 1000) });
    } catch (error) {
      if (node === this.roots || error.kind === "connection" || error.kind === "link") throw error;
      // It may be gone.
      node.list.replaceChildren(make("li", { role: "none", class: "error" }, error.text));
      node.items.clear();
      return;
    }
    if (!this.#docs.has(node.path)) {
      this.#docs.set(node.path, new Map());
      const described = await this.program.ask("describe", node.path ? { path: node.path } : {}).catch(() => null);
      const docs = this.#docs.get(node.path);
      for (const field of described?.fields ?? []) docs.set(field.name, field);
    }
    this.#place(node, found);
  }

  #place(node, { children, total }) {
    const seen = new Set();
    let before = null;
    for (const child of children) {
      const key = child.path ?? `${node.path} ${child.label}`;
      seen.add(key);
      let item = node.items.get(key);
      if (item && item.kind !== `${child.kind}${child.inside}`) {
        item.element.remove();
        item = undefined;
      }
      if (!item) {
        item = this.#item(node, child);
        node.items.set(key, item);
      }
      update(item.value, child.text);
      // A reader of the screen reads the row, not all that is below it.
      const name = `${child.label}: ${child.text.slice(0, MAX_NAME)}`;
      if (item.element.getAttribute("aria-label") !== name) item.element.setAttribute("aria-label", name);
      const place = before ? before.nextSibling : node.list.firstChild;
      if (place !== item.element) node.list.insertBefore(item.element, place);
      before = item.element;
    }
    for (const [key, { element }] of node.items) {
      if (!seen.has(key)) {
        element.remove();
        node.items.delete(key);
      }
    }
    this.#more(node, children.length, total);
    if (!this.root.querySelector('[role="treeitem"][tabindex="0"]')) this.root.querySelector('[role="treeitem"]')?.setAttribute("tabindex", "0");
  }

  #more(node, count, total) {
    node.more?.remove();
    node.more = null;
    if (count >= total) return;
    const left = (total - count).toLocaleString("en");
    const show = () => {
      node.limit += PAGE;
      this.#read(node).catch(() => {});
    };
    const content = node.limit < 1000
      ? make("button", { type: "button", onclick: show }, `… ${left} more`)
      : make("span", { class: "note" }, `… ${left} more: the table shows all`);
    node.more = make("li", { role: "none", class: "more" }, content);
    node.list.append(node.more);
  }

  #item(node, child) {
    const field = this.#docs.get(node.path)?.get(child.label);
    const value = make("span", { class: "value" });
    const row = make("div", { class: "row" },
      make("span", { class: "twist", "aria-hidden": "true" }),
      make("span", { class: "label" }, child.label), make("span", { class: "type" }, child.type), value);
    if (this.#isEditable(child, field)) {
      row.append(make("button", { type: "button", class: "edit", tabindex: "-1", "aria-label": `Change ${child.path}`, onclick: (event) => {
        event.stopPropagation();
        this.#edit(item, child);
      } }, "edit"));
    }
    if (["list", "map"].includes(child.kind) && child.path) {
      const link = this.program.address("table", new URLSearchParams({ path: child.path }).toString());
      row.append(make("a", { class: "action", href: link, tabindex: "-1", "aria-label": `Table of ${child.path}`, onclick: (event) => event.stopPropagation() }, "table"));
    }
    const element = make("li", {
      role: "treeitem", tabindex: "-1", "aria-level": node.level, "data-path": child.path,
      "aria-expanded": child.inside && child.path ? "false" : null,
    }, row);
    if (field?.doc) element.append(make("p", { class: "doc" }, field.doc));
    const item = { element, value, row, kind: `${child.kind}${child.inside}`, level: node.level };
    row.addEventListener("click", () => {
      this.#focus(element);
      this.#toggle(element);
    });
    element.item = item;
    return item;
  }

  #isEditable(child, field) {
    const isAllowed = this.program.mayWrite && (field?.level !== "admin" || this.program.info.level === "admin");
    return isAllowed && child.path && ["leaf", "enum"].includes(child.kind) && !child.inside && !field?.readonly && !field?.secret;
  }

  /** What the page may do has changed: the rows are made again. */
  opened() {
    this.#docs.clear();
    this.roots.items.clear();
    this.root.replaceChildren();
    this.wanted.push(...this.#open.keys());
    this.#open.clear();
  }

  async #toggle(element) {
    const { path } = element.dataset;
    const isOpen = element.getAttribute("aria-expanded");
    if (isOpen === null) return;
    element.setAttribute("aria-expanded", isOpen === "true" ? "false" : "true");
    if (isOpen === "true") {
      this.#open.delete(path);
      element.querySelector(":scope > ul")?.remove();
      return;
    }
    const list = make("ul", { role: "group" });
    element.append(list);
    const node = { path, list, level: element.item.level + 1, items: new Map(), limit: PAGE };
    this.#open.set(path, node);
    await this.#read(node).catch((error) => { this.message.textContent = error.text; });
  }

  #edit(item, child) {
    const shown = item.value.textContent;
    // A value that is shown in part must not be written in part.
    const value = shown.includes("…") ? "" : shown;
    const input = make("input", { type: "text", "aria-label": `New value of ${child.path}`, value, spellcheck: "false" });
    const form = make("form", {}, input, make("button", { type: "submit" }, "write"));
    const done = () => {
      form.remove();
      item.value.hidden = false;
      this.#focus(item.element);
    };
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        // As the console does, so that numbers and strings are read the same way.
        await this.program.ask("eval", { code: `${child.path} = ${input.value}`, format: "text" });
        this.message.textContent = "";
        done();
        this.refresh();
      } catch (error) {
        this.message.textContent = error.text;
      }
    });
    form.addEventListener("click", (event) => event.stopPropagation());
    form.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") done();
    });
    item.value.hidden = true;
    item.row.append(form);
    input.select();
  }

  #focus(element) {
    for (const other of this.root.querySelectorAll('[tabindex="0"]')) other.setAttribute("tabindex", "-1");
    element.setAttribute("tabindex", "0");
    element.focus();
  }

  #key(event) {
    const element = event.target.closest('[role="treeitem"]');
    if (!element || event.target !== element) return;
    const all = [...this.root.querySelectorAll('[role="treeitem"]')];
    const at = all.indexOf(element);
    const isOpen = element.getAttribute("aria-expanded");
    const steps = {
      ArrowDown: () => all[at + 1],
      ArrowUp: () => all[at - 1],
      Home: () => all[0],
      End: () => all.at(-1),
      ArrowRight: () => {
        if (isOpen === "false") this.#toggle(element);
        return isOpen === "true" ? element.querySelector('[role="treeitem"]') : element;
      },
      ArrowLeft: () => {
        if (isOpen === "true") this.#toggle(element);
        return isOpen === "true" ? element : element.parentElement.closest('[role="treeitem"]');
      },
      Enter: () => {
        const edit = element.item.row.querySelector(".edit");
        if (edit) edit.click();
        else this.#toggle(element);
        return edit ? null : element;
      },
      " ": () => { this.#toggle(element); return element; },
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const next = step();
    if (next) this.#focus(next);
  }
}

/** `gizmo.items[3]` is below `gizmo` and `gizmo.items`. */
function ancestors(path) {
  const ends = [...path.matchAll(/[.[]/g)].map(({ index }) => index);
  return [...ends, path.length].map((end) => path.slice(0, end)).filter(Boolean);
}
