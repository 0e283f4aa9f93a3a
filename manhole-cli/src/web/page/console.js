// The console: commands with history and completion.

import { make } from "./dom.js";

const MAX_ENTRIES = 200;
/** Of each application, as long as the tab is open. */
const histories = new Map();

export class Console {
  static title = "Console";

  constructor(program, body) {
    this.program = program;
    if (!histories.has(program.index)) histories.set(program.index, []);
    this.history = histories.get(program.index);
    this.at = this.history.length;
    this.output = make("div", { class: "output", role: "log", tabindex: "0", "aria-label": `Answers of ${program.label}` });
    this.list = make("ul", { role: "listbox", id: `candidates-${program.index}`, "aria-label": "Completions", hidden: true });
    this.input = make("textarea", {
      rows: "1", spellcheck: "false", autocapitalize: "off", autocomplete: "off", "aria-label": `Command for ${program.label}`,
      role: "combobox", "aria-expanded": "false", "aria-controls": `candidates-${program.index}`, "aria-autocomplete": "list",
    });
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.input.addEventListener("input", () => this.#hide());
    this.stop = make("button", { type: "button", hidden: true, onclick: () => program.stop() }, "Stop");
    const run = make("button", { type: "button", onclick: () => this.#run() }, "Run");
    body.append(this.output, make("div", { class: "command" }, this.input, run, this.stop, this.list),
      make("p", { class: "note" }, "Enter runs, Shift+Enter begins a line, Tab completes, the arrows go through the history, Escape stops."));
    for (const { code, text, failed } of this.history) this.#print(code, text, failed);
    this.input.focus();
  }

  #print(code, text, failed) {
    this.output.append(make("pre", { class: "code" }, code));
    if (text) this.output.append(make("pre", { class: failed ? "error" : "answer" }, text));
    while (this.output.children.length > 2 * MAX_ENTRIES) this.output.firstChild.remove();
    this.output.scrollTop = this.output.scrollHeight;
  }

  async #run() {
    const code = this.input.value.trim();
    if (!code) return;
    this.#hide();
    this.input.value = "";
    this.stop.hidden = false;
    const entry = { code, text: "", failed: false };
    try {
      const checked = await this.program.command("check", { code });
      if (checked.state === "incomplete") {
        this.input.value = `${code}\n`;
        this.input.rows = code.split("\n").length + 1;
        return;
      }
      const found = await this.program.command("eval", { code, format: "text", columns: this.#columns() });
      entry.text = (found.printed ?? "") + (found.text ?? "");
      entry.secret = checked.secret;
    } catch (error) {
      entry.text = error.text;
      entry.failed = true;
    } finally {
      this.stop.hidden = true;
      this.input.focus();
    }
    this.input.rows = 1;
    if (!entry.secret) this.history.push(entry);
    if (this.history.length > MAX_ENTRIES) this.history.shift();
    this.at = this.history.length;
    this.#print(entry.code, entry.text, entry.failed);
  }

  /** How many characters a line has room for. */
  #columns() {
    const probe = make("pre", {}, "0".repeat(10));
    probe.style.width = "max-content";
    this.output.append(probe);
    const width = probe.getBoundingClientRect().width / 10;
    probe.remove();
    return Math.max(20, Math.floor((this.output.clientWidth - 20) / width));
  }

  async #complete() {
    const { value, selectionStart } = this.input;
    // The application counts characters, JavaScript counts units of UTF-16.
    const cursor = [...value.slice(0, selectionStart)].length;
    const found = await this.program.command("complete", { code: value, cursor }).catch(() => null);
    if (!found || this.input.value !== value || found.candidates.length === 0) return;
    const start = [...value].slice(0, found.start).join("").length;
    if (found.candidates.length === 1) this.#take(start, selectionStart, found.candidates[0].text);
    else this.#offer(found.candidates.slice(0, 50), start, selectionStart);
  }

  #offer(candidates, start, end) {
    const options = candidates.map(({ text, type, doc }, index) => make("li", {
      role: "option", id: `candidate-${this.program.index}-${index}`, "aria-selected": "false", onmousedown: (event) => {
        event.preventDefault();
        this.#take(start, end, text);
      },
    }, make("span", { class: "label" }, text), make("span", { class: "type" }, type ?? ""), make("span", { class: "doc" }, doc ?? "")));
    this.list.replaceChildren(...options);
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.offer = { candidates, start, end };
    this.#choose(0);
  }

  #choose(index) {
    const options = [...this.list.children];
    this.chosen = (index + options.length) % options.length;
    options.forEach((option, at) => option.setAttribute("aria-selected", String(at === this.chosen)));
    this.input.setAttribute("aria-activedescendant", options[this.chosen].id);
    options[this.chosen].scrollIntoView({ block: "nearest" });
  }

  #take(start, end, text) {
    const { value } = this.input;
    this.input.value = value.slice(0, start) + text + value.slice(end);
    this.input.setSelectionRange(start + text.length, start + text.length);
    this.#hide();
  }

  #hide() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  #key(event) {
    const isOffered = !this.list.hidden;
    const lines = this.input.value.includes("\n");
    const keys = {
      Tab: () => (isOffered ? this.#choose(this.chosen + (event.shiftKey ? -1 : 1)) : this.#complete()),
      Escape: () => (isOffered ? this.#hide() : this.program.stop()),
      Enter: () => {
        if (isOffered) this.#take(this.offer.start, this.offer.end, this.offer.candidates[this.chosen].text);
        else this.#run();
      },
      ArrowUp: () => (isOffered ? this.#choose(this.chosen - 1) : this.#recall(-1)),
      ArrowDown: () => (isOffered ? this.#choose(this.chosen + 1) : this.#recall(1)),
    };
    const act = keys[event.key];
    // Tab leaves an empty line, so that the keyboard is not caught.
    if (!act || (event.key === "Enter" && event.shiftKey) || (event.key === "Tab" && !this.input.value)) return;
    if (lines && !isOffered && event.key.startsWith("Arrow")) return;
    event.preventDefault();
    act();
  }

  #recall(step) {
    this.at = Math.max(0, Math.min(this.history.length, this.at + step));
    this.input.value = this.history[this.at]?.code ?? "";
  }
}
