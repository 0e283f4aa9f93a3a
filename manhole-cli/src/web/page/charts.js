// Charts of expressions, one sample a second.

import { cell, make, number } from "./dom.js";

const SAMPLES = 300;
/** A picture is at least so long: one sample would be no line. */
const MIN_WIDTH = 60;
const MAX_CHARTS = 24;
const [WIDTH, HEIGHT] = [600, 120];
const SVG = "http://www.w3.org/2000/svg";

function draw(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

class Chart {
  samples = [];

  constructor(code, remove) {
    this.code = code;
    this.line = draw("polyline", { class: "line", points: "" });
    this.picture = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", preserveAspectRatio: "none" });
    this.picture.append(this.line);
    this.value = make("output");
    this.range = make("span", { class: "note" });
    this.element = make("figure", { class: "chart" },
      make("figcaption", {}, make("code", {}, code), this.value, this.range, make("button", { type: "button", "aria-label": `Remove ${code}`, onclick: remove }, "×")),
      this.picture);
  }

  add(value, error) {
    this.samples.push(error ? NaN : number(value));
    if (this.samples.length > SAMPLES) this.samples.shift();
    this.value.textContent = error ? error.split("\n")[0] : cell(value);
    this.value.classList.toggle("error", Boolean(error));
    const known = this.samples.filter(Number.isFinite);
    if (known.length === 0) {
      this.range.textContent = error ? "" : "not a number";
      return;
    }
    const [least, most] = [Math.min(...known), Math.max(...known)];
    this.range.textContent = `${least.toLocaleString("en")} to ${most.toLocaleString("en")} in ${this.samples.length} s`;
    this.picture.setAttribute("aria-label", `${this.code}: now ${this.value.textContent}, ${this.range.textContent}`);
    const span = most - least || 1;
    const width = Math.max(this.samples.length, MIN_WIDTH) - 1;
    const at = (sample, index) => {
      const x = WIDTH - (this.samples.length - 1 - index) * (WIDTH / width);
      const y = most === least ? HEIGHT / 2 : HEIGHT - 6 - ((sample - least) / span) * (HEIGHT - 12);
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    };
    this.line.setAttribute("points", this.samples.map((sample, index) => (Number.isFinite(sample) ? at(sample, index) : null)).filter(Boolean).join(" "));
  }
}

export class Charts {
  static title = "Charts";

  constructor(program, body, argument, setArgument) {
    this.program = program;
    this.setArgument = setArgument;
    this.charts = [];
    const input = make("input", { name: "code", type: "text", placeholder: "gizmo.count", spellcheck: "false", autocapitalize: "off" });
    const form = make("form", { class: "query" }, make("label", {}, "Expression", input), make("button", { type: "submit" }, "Add"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (input.value.trim()) this.#add(input.value.trim());
      input.value = "";
      this.#changed();
    });
    this.list = make("div", {});
    body.append(form, this.list);
    for (const code of argument.split("\n").filter(Boolean)) this.#add(code);
  }

  #add(code) {
    if (this.charts.length >= MAX_CHARTS || this.charts.some((chart) => chart.code === code)) return;
    const chart = new Chart(code, () => {
      this.charts = this.charts.filter((other) => other !== chart);
      chart.element.remove();
      this.#changed();
    });
    this.charts.push(chart);
    this.list.append(chart.element);
  }

  #changed() {
    this.setArgument(this.charts.map(({ code }) => code).join("\n"));
    this.refresh();
  }

  async refresh() {
    if (this.charts.length === 0) await this.program.ask("info");
    await Promise.all(this.charts.map(async (chart) => {
      try {
        const { value } = await this.program.ask("eval", { code: chart.code, format: "value", timeout_ms: 1000 });
        chart.add(value);
      } catch (error) {
        if (error.kind === "connection" || error.kind === "link") throw error;
        chart.add(null, error.text);
      }
    }));
  }
}
