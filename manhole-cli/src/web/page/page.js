// The page: which view is shown of which applications. The fragment has all of it: #TOKEN/VIEW/TARGETS/ARGUMENT.

import { make } from "./dom.js";
import { Link, Program } from "./link.js";
import { Tree } from "./tree.js";
import { Console } from "./console.js";
import { Table } from "./table.js";
import { Charts } from "./charts.js";
import { System } from "./system.js";
import { save } from "./export.js";

const VIEWS = { tree: Tree, console: Console, table: Table, charts: Charts, system: System };
const REFRESH_MS = 1000;
/** After how many seconds the page says that it waits. */
const PATIENCE_S = 3;

const [status, panels] = ["status", "panels"].map((id) => document.getElementById(id));
let programs = [];
let shown = [];
let state = "";

function read() {
  const [token, view, targets, ...rest] = location.hash.slice(1).split("/");
  const indices = (targets || "0").split(",").map(Number).filter((index) => programs[index]);
  return {
    token,
    view: VIEWS[view] ? view : "tree",
    targets: indices.length > 0 || programs.length === 0 ? indices : [0],
    argument: decodeURIComponent(rest.join("/")),
  };
}

function address(change) {
  const { token, view, targets, argument } = { ...read(), ...change };
  return `#${token}/${view}/${targets.join(",")}/${encodeURIComponent(argument)}`;
}

const link = new Link(read().token);

/** Shows the view that the fragment names. */
function show() {
  const { view, targets, argument } = read();
  for (const { content } of shown) content.close?.();
  shown = targets.map((index) => panel(view, programs[index], argument));
  panels.replaceChildren(...shown.map(({ element }) => element));
  document.title = `${view} of ${targets.map((index) => programs[index].label).join(", ")} – manhole`;
  navigation(view, targets);
  describeStates();
  refresh();
}

function navigation(view, targets) {
  const links = Object.entries(VIEWS).map(([name, { title }]) =>
    make("a", { href: address({ view: name, argument: "" }), "aria-current": name === view ? "page" : null }, title));
  const saves = make("button", { type: "button", onclick: () => save(document.title, shown) }, "Save page");
  document.getElementById("views").replaceChildren(...links, saves);
  const toggles = programs.map(({ label, index }) => {
    const isShown = targets.includes(index);
    const next = isShown ? targets.filter((other) => other !== index) : [...targets, index].sort((a, b) => a - b);
    const choose = () => { if (next.length > 0) location.hash = address({ targets: next }); };
    return make("button", { type: "button", "aria-pressed": isShown, onclick: choose }, label);
  });
  document.getElementById("targets").replaceChildren(...(programs.length > 1 ? toggles : []));
}

function panel(view, program, argument) {
  const body = make("div", { class: `view ${view}` });
  const about = make("p", { class: "about" });
  const heading = make("h2", {}, program.label);
  const element = make("section", { "aria-label": program.label }, heading, about, body);
  const content = new VIEWS[view](program, body, argument, (next) => {
    // No new entry in the browser's history for each key.
    history.replaceState(null, "", address({ argument: next }));
  });
  return { element, about, content, program };
}

/** Says for each application whether it is there, and what the page may do. */
function describeStates() {
  for (const { about, program, since } of shown) {
    const { info, note } = program;
    const seconds = since ? Math.floor((performance.now() - since) / 1000) : 0;
    const problem = program.problem ?? (seconds >= PATIENCE_S ? `no answer for ${seconds} s` : null);
    about.classList.toggle("problem", Boolean(problem));
    const known = info ? `process ${info.pid} · level ${info.level}${note ? ` · ${note}` : ""}` : "connecting";
    const text = problem ? `${problem} – trying again` : known;
    if (about.textContent !== text) about.textContent = text;
  }
}

/** Reads again what is shown. An application that does not answer stops only its own panel. */
function refresh() {
  if (!document.hidden && state === "open") for (const one of shown) refreshOne(one);
  describeStates();
}

async function refreshOne(one) {
  const { content, program } = one;
  if (one.since) return;
  one.since = performance.now();
  try {
    await content.refresh?.();
    if (!content.refresh && (!program.info || program.problem)) await program.ask("info");
    program.problem = null;
  } catch (error) {
    if (error.kind === "connection") program.problem = error.text.split("\n")[0].replace(/^error: /, "");
    else if (!error.kind) throw error;
  } finally {
    one.since = null;
    describeStates();
  }
}

link.onTargets = (labels) => {
  if (programs.length !== labels.length) {
    programs = labels.map((label, index) => new Program(link, index, label));
    for (const program of programs) {
      program.address = (view, argument) => address({ view, targets: [program.index], argument });
    }
  }
  show();
};

link.onOpened = (index, info) => {
  const program = programs[index];
  if (program.info && program.info.pid !== info.pid) program.note = `restarted: it was process ${program.info.pid}`;
  else if (program.problem) program.note = "reconnected";
  const isNew = !program.info || program.info.level !== info.level;
  program.info = info;
  program.problem = null;
  describeStates();
  if (isNew) for (const { content, program: of } of shown) if (of === program) content.opened?.();
};

link.onState = (next) => {
  state = next;
  const texts = {
    open: "",
    lost: "The connection to manhole web is lost. Trying again …",
    refused: "No connection: manhole web has ended, or the token of this link is not valid. Open the link that manhole web prints.",
  };
  if (status.textContent !== texts[next]) status.textContent = texts[next];
  if (next === "open" && programs.length > 0) refresh();
};

addEventListener("hashchange", () => { if (programs.length > 0) show(); });
document.addEventListener("visibilitychange", () => refresh());
document.querySelector(".skip").addEventListener("click", (event) => { event.preventDefault(); panels.focus(); });
setInterval(refresh, REFRESH_MS);
