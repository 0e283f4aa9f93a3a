// What every process has: threads, tasks, spans and the log, each as a table.

import { make } from "./dom.js";
import { Table } from "./table.js";

const SOURCES = {
  threads: { path: "manhole.threads", sort: "-cpu" },
  tasks: { path: "manhole.tasks", sort: "-busy" },
  spans: { path: "manhole.spans", sort: "-age" },
  log: { path: "manhole.log.recent", sort: "-#" },
};

export class System {
  static title = "System";

  constructor(program, body, argument, setArgument) {
    this.program = program;
    this.setArgument = setArgument;
    this.chosen = SOURCES[argument] ? argument : "threads";
    this.tabs = make("div", { role: "group", "aria-label": "Lists", class: "tabs" });
    this.content = make("div", {});
    body.append(this.tabs, this.content);
    this.#show();
  }

  #show() {
    this.table?.close();
    this.tabs.replaceChildren(...Object.keys(SOURCES).map((name) => make("button", {
      type: "button", "aria-pressed": name === this.chosen, onclick: () => {
        this.chosen = name;
        this.setArgument(name);
        this.#show();
        this.refresh();
      },
    }, name)));
    this.content.replaceChildren();
    this.table = new Table(this.program, this.content, new URLSearchParams(SOURCES[this.chosen]).toString(), () => {}, true);
  }

  refresh() {
    return this.table.refresh();
  }

  close() {
    this.table.close();
  }
}
