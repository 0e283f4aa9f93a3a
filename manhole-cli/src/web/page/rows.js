// The rows of a collection by range. The application filters and sorts.

import { entries } from "./dom.js";

const CHUNK = 100;
const MAX_CHUNKS = 20;
/** From here on, rows are read by their position. */
const FAR = 1_000;
/** A name that can follow a point in a command. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export class Rows {
  #chunks = new Map();
  #loading = new Map();
  total = 0;
  columns = [];

  constructor(program, { path, filter, sort }) {
    this.program = program;
    this.path = path;
    this.filter = filter;
    this.sort = sort;
  }

  /** Finds out what the collection is and how many rows it has. */
  async begin() {
    const found = await this.program.ask("inspect", { path: this.path, limit: 0 });
    this.kind = found.kind;
    this.total = this.filter ? Number(await this.#eval(`${this.#narrowed()}.len()`)) : found.total;
  }

  #eval(code) {
    return this.program.ask("eval", { code, format: "value" }).then(({ value, elapsed_us: took }) => {
      this.took = took;
      return value;
    });
  }

  #narrowed() {
    const isMap = this.kind === "map";
    const code = isMap ? this.path : `${this.path}.enumerate()`;
    return this.filter ? `${code}.filter(|k, x| ${condition(this.filter, isMap)})` : code;
  }

  #code(start) {
    const isMap = this.kind === "map";
    if (this.kind === "list" && !this.filter && !this.sort && start >= FAR) {
      // A query passes all items before the first one that is wanted.
      const count = Math.min(CHUNK, this.total - start);
      const places = Array.from({ length: count }, (_, at) => start + at);
      return `[${places.map((place) => `[${place}, ${this.path}[${place}]]`).join(", ")}]`;
    }
    let code = this.#narrowed();
    if (this.sort) {
      const isDescending = this.sort.startsWith("-");
      const name = this.sort.replace(/^-/, "");
      if (name === "#" && isMap) code += ".enumerate()";
      const item = isMap ? "x" : "x[1]";
      const part = name === "#" ? (isMap ? "x[1][0]" : "x[0]") : name === "value" ? item : `${item}.${name}`;
      if (name === "#" || name === "value" || NAME.test(name)) code += `.sort_by(|x| ${part})`;
      if (isDescending) code += ".rev()";
    }
    return `${code}.skip(${start}).take(${CHUNK})`;
  }

  /** Returns the rows of a chunk as `[key, item]`. */
  #pairs(value) {
    if (this.kind === "map" && !Array.isArray(value)) return entries(value);
    return (value ?? []).map((pair) => (this.kind === "map" ? pair[1] : pair));
  }

  async #load(chunk) {
    const pairs = this.#pairs(await this.#eval(this.#code(chunk * CHUNK)));
    for (const [, item] of pairs) {
      for (const name of namesOf(item)) if (!this.columns.includes(name)) this.columns.push(name);
    }
    this.#chunks.delete(chunk);
    this.#chunks.set(chunk, pairs);
    // The one that was read first goes first.
    if (this.#chunks.size > MAX_CHUNKS) this.#chunks.delete(this.#chunks.keys().next().value);
  }

  /** Loads what is missing of a range, or all of it again. */
  async load(start, end, again = false) {
    for (let chunk = Math.floor(start / CHUNK); chunk * CHUNK < Math.min(end, this.total); chunk += 1) {
      if (this.#chunks.has(chunk) && !again) continue;
      if (!this.#loading.has(chunk)) {
        this.#loading.set(chunk, this.#load(chunk).finally(() => this.#loading.delete(chunk)));
      }
      await this.#loading.get(chunk);
    }
  }

  /** Returns a row, or `undefined` if it is not loaded. */
  at(index) {
    return this.#chunks.get(Math.floor(index / CHUNK))?.[index % CHUNK];
  }
}

/** A struct has a column for each field, everything else one column. */
export function namesOf(item) {
  const isStruct = item && typeof item === "object" && !Array.isArray(item) && !Object.keys(item).some((key) => key.startsWith("$"));
  return isStruct ? Object.keys(item) : ["value"];
}

/** `.id > 5` and `x > 5` are conditions, and everything else a text that is searched. */
export function condition(typed, isMap) {
  const text = typed.trim();
  if (/^!*([xk]\b|\.[A-Za-z])/.test(text)) return text.replace(/(^|[\s!(&|])\.(?=[A-Za-z_])/g, "$1x.");
  const wanted = JSON.stringify(text.toLowerCase());
  const has = (part) => `\`\${${part}}\`.to_lowercase().contains(${wanted})`;
  return isMap ? `${has("k")} || ${has("x")}` : has("x");
}
