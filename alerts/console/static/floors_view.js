// The floors that hold, how close the market is to each, who is below; and what would be charged.

import { ask } from "/console/api.js";
import { severityBadge } from "/console/badges.js";
import { choice, field } from "/console/dialogs.js";
import { button, el } from "/console/dom.js";
import { capital, counted, figure, goods, words } from "/console/words.js";

const COLUMNS = ["Goods", "Floor", "Zone", "Status", "Headroom", "Below it now", "For", "Since", ""];

export class FloorsView {
  constructor() {
    this.date = el("input", { type: "date", name: "date", change: () => this.show() });
    this.place = el("div", {});
    this.quote = this.#quote();
    this.node = el("section", { class: "wide", "aria-label": "Floors" },
      el("div", { class: "toolbar" }, el("h2", {}, "Floors"), el("span", { class: "push" }), field("On", this.date)),
      this.place, this.quote);
  }

  async show() {
    try {
      const board = await ask("/v1/floors", { date: this.date.value });
      this.date.value = board.day;
      this.place.replaceChildren(...this.#board(board).filter(Boolean));
    } catch (error) {
      this.place.replaceChildren(el("div", { class: "empty" }, el("h3", {}, "The floors cannot be read"), el("p", {}, capital(error.message)),
        button("Try again", () => this.show(), { class: "primary" })));
    }
  }

  #board({ day, floors, withheld }) {
    const note = el("p", { class: "muted small" }, "Headroom is the market price above the floor as the rule floor headroom last told it; where it told nothing, "
      + "the market is far or nobody quotes it.", withheld && " Floors between parties are shown to the scope floors alone.");
    if (!floors.length) {
      return [el("div", { class: "empty" }, el("h3", {}, `No floor holds on ${day}`),
        el("p", {}, "Publish a schedule, and it is here within a minute: ", el("code", {}, "floorwatch floors publish FILE")), note)];
    }
    const table = el("table", { class: "floors", role: "table", "aria-label": `Floors on ${day}` },
      el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, COLUMNS.map((each) => (each
        ? el("th", { role: "columnheader", scope: "col" }, each) : el("td", { role: "cell" }))))),
      el("tbody", { role: "rowgroup" }, floors.toSorted(byAttention).map((line) => this.#row(line))));
    return [note, table];
  }

  #row({ floor, headroom, open_alerts: below, worst, worst_gap_pct: gap }) {
    const cell = (name, label, ...children) => el("td", { role: "cell", class: name, data: { label } }, children);
    const [mineral, stage] = floor.product.split("|");
    const listed = `#/alerts?${new URLSearchParams({ mineral, stage, open: "true" })}`;
    return el("tr", { role: "row" },
      el("th", { role: "rowheader", scope: "row", class: "goods" }, goods(floor.product), el("span", { class: "summary" }, floor.floor)),
      cell("value", "Floor", floor.value === null ? "suspended" : [el("b", {}, `${figure(floor.value, 4)} ${floor.currency}/${floor.unit}`),
        el("span", { class: "summary" }, `${floor.content_basis} · ${floor.incoterm}`)]),
      cell("zone", "Zone", floor.zone),
      cell("status", "Status", el("span", { class: "state", data: { status: floor.status } }, words(floor.status)), floor.confidential && " confidential",
        el("span", { class: "summary" }, words(floor.instrument))),
      cell("headroom", "Headroom", headroom ? headroomOf(headroom) : el("span", { class: "muted" }, "not told")),
      cell("below", "Below it now", below ? [el("a", { href: listed }, counted(below, "open alert")), " ", severityBadge(worst),
        gap && el("span", { class: "summary" }, `up to ${figure(gap, 1)} % below`)] : el("span", { class: "muted" }, "no open alert")),
      cell("scope", "For", floor.scope, el("span", { class: "summary" }, floor.authority ?? floor.source ?? "")),
      cell("date", "Since", floor.effective_from, floor.effective_to && el("span", { class: "summary" }, `to ${floor.effective_to}`)),
      cell("quote", "", button("Quote", () => this.#ask(floor), { class: "small", "aria-label": `Quote for ${goods(floor.product)}` })));
  }

  #quote() {
    this.answer = el("div", { role: "status" });
    const text = (name, label, attributes = {}) => field(label, el("input", { name, required: true, autocomplete: "off", ...attributes }));
    this.form = el("form", { class: "filters" },
      text("product", "Product", { placeholder: "silicon|metal" }), text("origin", "From", { placeholder: "CN", maxlength: 2 }),
      text("destination", "To", { placeholder: "GB", maxlength: 2 }), text("price", "Price", { placeholder: "1.52", inputmode: "decimal" }),
      field("Currency", el("input", { name: "currency", value: "USD", maxlength: 3 })), field("Per", el("input", { name: "unit", value: "kg", maxlength: 8 })),
      field("Terms", choice("incoterm", ["CIF", "FOB", "CFR", "EXW", "DDP"].map((each) => [each, each]))),
      field("Grade, %", el("input", { name: "grade_pct", inputmode: "decimal" })),
      el("div", { class: "field last" }, el("button", { type: "submit", class: "primary" }, "Quote")));
    this.form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const given = { ...Object.fromEntries(new FormData(this.form)), date: this.date.value };
      try {
        this.answer.replaceChildren(...quoted(await ask("/v1/floors/quote", given)));
      } catch (error) {
        this.answer.replaceChildren(el("p", { class: "problem" }, capital(error.message)));
      }
    });
    return el("section", { class: "card", "aria-labelledby": "quote-title" }, el("h3", { id: "quote-title" }, "What would be charged?"), this.form, this.answer);
  }

  #ask(floor) {
    this.form.elements.product.value = floor.product;
    this.form.elements.currency.value = floor.currency;
    this.form.elements.unit.value = floor.unit;
    this.quote.scrollIntoView({ block: "nearest" });
    this.form.elements.origin.focus();
  }
}

/** Order floors so that those come first which somebody is below, then those the market is close to. */
function byAttention(a, b) {
  const tier = (line) => (line.open_alerts ? 0 : line.headroom ? 1 : 2);
  return tier(a) - tier(b) || b.open_alerts - a.open_alerts;
}

function headroomOf(headroom) {
  const tight = Number(headroom.headroom_pct) < 2;
  return [
    el("a", { href: `#/alerts/${headroom.alert_id}`, class: tight ? "tight" : null }, `${figure(headroom.headroom_pct, 1)} %`),
    el("span", { class: "summary" }, `${headroom.instrument ?? ""} ${headroom.on}, ${headroom.state}`,
      headroom.lowest_on && `; lowest ${figure(headroom.lowest_pct, 1)} %`),
  ];
}

function quoted(answer) {
  const said = answer.breach
    ? `Below the floor by ${figure(answer.gap_pct, 2)} %: ${figure(answer.levy_usd_per_unit, 4)} USD/${answer.unit} would be charged.`
    : "Not below the floor: nothing would be charged.";
  return [
    el("p", { class: "paragraph" }, answer.severity && [severityBadge(answer.severity), " "], el("b", {}, said)),
    el("ul", { class: "steps" }, answer.steps.map((step) => el("li", {}, el("span", { class: "step-label" }, capital(step.label)), " is ",
      el("b", { class: "number" }, `${figure(step.result, 6)} ${step.unit}`.trim()), ": ", el("code", {}, step.expression)))),
    el("ul", { class: "muted small" }, answer.notes.map((each) => el("li", {}, each))),
  ];
}
