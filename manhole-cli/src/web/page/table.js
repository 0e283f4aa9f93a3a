// A table of a collection: only the rows in sight are in the document.

import { cell, make, update } from "./dom.js";
import { Rows, namesOf } from "./rows.js";

const ROW_HEIGHT = 28;
/** Browsers cut elements that are higher: beyond it, a pixel stands for more than one row. */
const MAX_HEIGHT = 8_000_000;
/** A query that takes longer is not repeated each second. */
const MAX_REFRESH_US = 50_000;

export class Table {
  static title = "Table";

  constructor(program, body, argument, setArgument, isFixed = false) {
    this.program = program;
    this.setArgument = setArgument;
    const given = new URLSearchParams(argument);
    this.query = { path: given.get("path") ?? "", filter: given.get("filter") ?? "", sort: given.get("sort") ?? "" };
    const field = (name, label, hint) => make("label", {}, label, make("input", { name, type: "text", value: this.query[name], placeholder: hint, spellcheck: "false", autocapitalize: "off" }));
    this.form = make("form", { class: "query" }, field("path", "Collection", "gizmo.items"), field("filter", "Filter", "a text, or .id > 5"), make("button", { type: "submit" }, "Show"));
    // A list that every process has keeps its path.
    this.form.firstChild.hidden = isFixed;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const { path, filter } = this.form.elements;
      this.#choose({ path: path.value.trim(), filter: filter.value.trim(), sort: path.value.trim() === this.query.path ? this.query.sort : "" });
    });
    this.error = make("p", { class: "error", role: "alert" });
    this.count = make("p", { class: "note", role: "status" });
    this.head = make("tr", { "aria-rowindex": "1" });
    this.rowsElement = make("tbody");
    this.table = make("table", {}, make("thead", {}, this.head), this.rowsElement);
    this.spacer = make("div", { class: "spacer" }, this.table);
    this.scroller = make("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": "Rows" }, this.spacer);
    this.scroller.addEventListener("scroll", () => this.#schedule(), { passive: true });
    body.append(this.form, this.error, this.count, this.scroller);
    this.offers = make("div", { class: "offers" });
    body.append(this.offers);
    this.scroller.hidden = true;
  }

  #choose(change) {
    this.query = { ...this.query, ...change };
    this.setArgument(new URLSearchParams(Object.entries(this.query).filter(([, text]) => text)).toString());
    this.rows = null;
    // Other rows are no changes of these.
    this.rowsElement.replaceChildren();
    this.count.textContent = "reading …";
    this.refresh();
  }

  async refresh() {
    if (!this.query.path) {
      await this.#offer();
      return;
    }
    this.offers.replaceChildren();
    try {
      const rows = this.rows ?? new Rows(this.program, this.query);
      const isNew = rows !== this.rows;
      // What takes long is read once.
      if (!isNew && rows.took > MAX_REFRESH_US) return;
      await rows.begin();
      if (isNew) {
        await rows.load(0, 1);
        this.rows = rows;
        this.scroller.scrollTop = 0;
      }
      this.scroller.hidden = false;
      this.error.textContent = "";
      const isOne = rows.total === 1;
      const what = (isOne ? "row" : "rows") + (this.query.filter ? (isOne ? " matches" : " match") : "");
      const count = `${rows.total.toLocaleString("en")} ${what}`;
      if (this.count.textContent !== count) this.count.textContent = count;
      this.spacer.style.height = `${Math.min((rows.total + 1) * ROW_HEIGHT, MAX_HEIGHT)}px`;
      const { first, last } = this.#range();
      if (!isNew) await rows.load(first, last, true);
      this.#schedule();
    } catch (error) {
      if (error.kind === "connection" || error.kind === "link") throw error;
      this.error.textContent = error.text ?? String(error);
      this.count.textContent = "";
    }
  }

  /** Names collections to begin with. */
  async #offer() {
    if (this.offers.children.length > 0) return;
    const { children } = await this.program.ask("inspect", {});
    const inner = await Promise.all(children.filter(({ inside, path }) => inside && path).map(({ path }) => this.program.ask("inspect", { path }).catch(() => ({ children: [] }))));
    const found = [...children, ...inner.flatMap((of) => of.children)].filter(({ kind, path }) => path && ["list", "map", "set"].includes(kind)).slice(0, 40);
    const links = found.map(({ path }) => make("li", {}, make("button", { type: "button", onclick: () => {
      this.form.elements.path.value = path;
      this.#choose({ path, filter: "", sort: "" });
    } }, path)));
    this.offers.replaceChildren(make("p", {}, links.length > 0 ? "Collections:" : "No collections at the top: enter a path."), make("ul", {}, ...links));
  }

  #range() {
    const visible = Math.max(1, Math.floor(this.scroller.clientHeight / ROW_HEIGHT) - 1);
    const way = Math.max(1, this.spacer.offsetHeight - this.scroller.clientHeight);
    const share = Math.min(1, this.scroller.scrollTop / way);
    const first = Math.round(share * Math.max(0, this.rows.total - visible));
    return { first, last: Math.min(this.rows.total, first + visible) };
  }

  /** Draws at most once a frame. */
  #schedule() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.#draw();
    });
  }

  #draw() {
    const { rows } = this;
    if (!rows) return;
    const { first, last } = this.#range();
    const missing = rows.at(first) === undefined || (last > first && rows.at(last - 1) === undefined);
    if (missing && rows.total > 0) {
      // While scrolling, only where it comes to rest.
      clearTimeout(this.rest);
      this.rest = setTimeout(() => {
        rows.load(first, last).then(() => this.#schedule(), (error) => { this.error.textContent = error.text ?? ""; });
      }, 60);
    }
    this.#drawHead();
    this.table.setAttribute("aria-rowcount", rows.total + 1);
    while (this.rowsElement.rows.length > last - first) this.rowsElement.lastChild.remove();
    while (this.rowsElement.rows.length < last - first) this.rowsElement.append(make("tr"));
    [...this.rowsElement.rows].forEach((row, at) => this.#fill(row, first + at));
  }

  #drawHead() {
    const names = ["#", ...this.rows.columns];
    const key = `${names.join()} ${this.query.sort} ${this.rows.kind}`;
    if (this.drawn === key) return;
    this.drawn = key;
    const wanted = this.query.sort.replace(/^-/, "");
    this.head.replaceChildren(...names.map((name) => {
      const isDown = this.query.sort === `-${name}`;
      const sort = wanted !== name ? "none" : isDown ? "descending" : "ascending";
      const next = sort === "ascending" ? `-${name}` : name;
      const title = name === "#" && this.rows.kind === "map" ? "key" : name;
      return make("th", { scope: "col", "aria-sort": sort }, make("button", { type: "button", onclick: () => this.#choose({ sort: next }) },
        title, make("span", { "aria-hidden": "true" }, { none: "", ascending: " ▴", descending: " ▾" }[sort])));
    }));
  }

  #fill(row, index) {
    const found = this.rows.at(index);
    const texts = found ? [cell(found[0]), ...this.rows.columns.map((name) => cell(valueOf(found[1], name)))] : ["…", ...this.rows.columns.map(() => "")];
    while (row.cells.length > texts.length) row.lastChild.remove();
    while (row.cells.length < texts.length) row.append(make("td"));
    const isSame = row.dataset.index === String(index);
    row.dataset.index = index;
    row.setAttribute("aria-rowindex", index + 2);
    texts.forEach((text, at) => {
      if (isSame) update(row.cells[at], text);
      else {
        row.cells[at].classList.remove("changed");
        row.cells[at].textContent = text;
        row.cells[at].dataset.seen = "";
      }
    });
  }

  close() {
    clearTimeout(this.rest);
    if (this.frame) cancelAnimationFrame(this.frame);
  }
}

function valueOf(item, name) {
  const isValue = namesOf(item)[0] === "value" && namesOf(item).length === 1;
  return isValue ? (name === "value" ? (item?.value ?? item) : undefined) : item[name];
}
