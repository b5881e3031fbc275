// The alerts: what is looked for, what came, and the list.

import { severityBadge, stateBadge, workflowBadge } from "/console/badges.js";
import { arrange, button, el } from "/console/dom.js";
import { choice, field } from "/console/dialogs.js";
import { LISTED } from "/console/filters.js";
import { SEVERITIES, STATES, WORKFLOWS, capital, clock, counted, day, goods, route, words } from "/console/words.js";

const HINTS = { mineral: "silicon", stage: "metal", origin: "CN", destination: "GB", rule: "floor_breach", zone: "forge" };
const COLUMNS = ["Severity", "Alert", "Goods", "Lane", "Condition", "Workflow", "Opened", "Judged"];
const KINDS = {
  opened: "new", updated: "updated", severity_raised: "worse", severity_lowered: "eased",
  resolved: "resolved", expired: "expired", reopened: "open again", retracted: "retracted",
};

/** The list and all that steers it; made once, and brought up to date by `show`. */
export class AlertsView {
  #nodes = new Map();
  #suggested = new Map();
  selected = null;
  since = clock();

  constructor(feed, { go, address }) {
    this.feed = feed;
    this.go = go;
    this.address = address;
    this.heading = el("h2", {}, "Alerts");
    this.pauseButton = button("Pause", () => (feed.paused ? feed.resume() : feed.pause()), { id: "pause", "aria-keyshortcuts": "p" });
    this.counter = el("span", { id: "counter", class: "counter" });
    this.filterForm = this.#filters();
    this.body = el("tbody", { role: "rowgroup" });
    this.table = el("table", { class: "alerts", role: "table", "aria-label": "Alerts, what changed last first" },
      el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, COLUMNS.map((each) => el("th", { role: "columnheader", scope: "col" }, each)))),
      this.body);
    this.empty = el("div", { class: "empty", hidden: true });
    this.newer = button("Newer", () => feed.newer());
    this.older = button("Older", () => feed.older());
    this.pageNumber = el("span", { class: "counter" });
    this.node = el("section", { class: "list", "aria-label": "Alerts" },
      el("div", { class: "toolbar" }, this.heading, this.counter, el("span", { class: "push" }), this.pauseButton),
      this.filterForm, this.table, this.empty,
      el("nav", { class: "pages", "aria-label": "Pages of alerts" }, this.newer, this.pageNumber, this.older));
  }

  #filters() {
    const lists = LISTED.map((name) => el("datalist", { id: `known-${name}` }));
    const inputs = LISTED.map((name) => field(capital(name), el("input", {
      name, id: `filter-${name}`, list: `known-${name}`, autocomplete: "off", spellcheck: "false", placeholder: HINTS[name],
    })));
    const any = (label, values) => [["", label], ...values.map((each) => [each, each])];
    const chosen = [
      field("Severity", choice("severity", any("any", []).concat(SEVERITIES.slice(1).reverse().map((each) => [each, each === "critical" ? each : `${each} or worse`])), { id: "filter-severity" })),
      field("Condition", choice("state", any("any", STATES), { id: "filter-state" })),
      field("Workflow", choice("workflow", any("any", WORKFLOWS), { id: "filter-workflow" })),
      field("Open", choice("open", [["", "any"], ["true", "open"], ["false", "over"]], { id: "filter-open" })),
    ];
    this.clear = button("Clear", () => this.go({}), { class: "quiet" });
    this.summary = el("summary", {}, "Filters");
    const form = el("form", { class: "filters", role: "search", "aria-label": "Filter alerts" }, inputs, chosen, lists,
      el("div", { class: "field last" }, el("button", { type: "submit" }, "Filter"), this.clear));
    const apply = () => this.go(Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value)));
    form.addEventListener("submit", (event) => { event.preventDefault(); apply(); });
    form.addEventListener("change", apply);
    this.form = form;
    return el("details", { class: "filter-box", open: !matchMedia("(max-width: 46rem)").matches }, this.summary, form);
  }

  /** Put a filter into the form. */
  showFilter(filter) {
    for (const control of this.form.elements) if (control.name) control.value = filter[control.name] ?? "";
    const count = Object.keys(filter).length;
    this.summary.textContent = count ? `Filters (${count})` : "Filters";
    this.clear.disabled = count === 0;
  }

  focusFilter() {
    this.filterForm.open = true;
    this.form.elements[0].focus();
  }

  /** Bring everything up to date. */
  show() {
    const { feed } = this;
    const rows = feed.shown();
    this.#suggest(rows);
    arrange(this.body, rows.map((row) => this.#row(row)));
    for (const id of this.#nodes.keys()) if (!feed.rows.has(id)) this.#nodes.delete(id);
    this.table.setAttribute("aria-busy", String(feed.loading));
    this.table.hidden = rows.length === 0;
    this.#showPause();
    this.#showPages();
    this.#showEmpty(rows.length === 0);
  }

  #showPause() {
    const { feed } = this;
    this.pauseButton.textContent = feed.paused ? "Go on" : "Pause";
    this.pauseButton.setAttribute("aria-pressed", String(feed.paused));
    const waiting = `${counted(feed.heldCount, "change")} waiting`;
    this.counter.textContent = feed.holding ? `${feed.paused ? "Paused" : "Older page"} · ${waiting}` : `${counted(feed.heard, "change")} since ${this.since}`;
    this.counter.dataset.holding = String(feed.holding && feed.heldCount > 0);
    this.counter.dataset.changes = String(feed.holding ? feed.heldCount : feed.heard);
  }

  #showPages() {
    const { feed } = this;
    this.newer.disabled = feed.pageNumber === 1;
    this.older.disabled = !feed.next;
    this.pageNumber.textContent = `Page ${feed.pageNumber}`;
    this.pageNumber.parentElement.hidden = feed.pageNumber === 1 && !feed.next;
  }

  #showEmpty(nothing) {
    const { feed } = this;
    this.empty.hidden = !nothing;
    if (!nothing) return;
    const filtered = !this.clear.disabled;
    if (feed.loading) this.empty.replaceChildren(el("p", {}, "Reading the alerts …"));
    else if (feed.problem) {
      this.empty.replaceChildren(el("h3", {}, "The alerts cannot be read"), el("p", {}, capital(feed.problem.message)),
        button("Try again", () => feed.reload(), { class: "primary" }));
    } else if (filtered) {
      this.empty.replaceChildren(el("h3", {}, "No alert is like that"),
        el("p", {}, "What comes and fits will be shown here by itself. Or look wider:"), button("Clear the filters", () => this.go({}), { class: "primary" }));
    } else {
      this.empty.replaceChildren(el("h3", {}, "No alerts yet"),
        el("p", {}, "They are shown here as they come. They come once a worker judges trades against floors:"),
        el("ol", {}, el("li", {}, el("code", {}, "floorwatch worker"), " runs, and ", el("code", {}, "floorwatch doctor"), " finds nothing wrong"),
          el("li", {}, el("code", {}, "floorwatch floors publish FILE"), " has told it the floors (see the view Floors)"),
          el("li", {}, el("code", {}, "floorwatch ingest FILE"), " or a feed of your own writes trades")));
    }
  }

  #row(row) {
    const known = this.#nodes.get(row.alert.id);
    if (known && known.version === row.version && known.selected === (this.selected === row.alert.id)) return known.node;
    const selected = this.selected === row.alert.id;
    const node = known?.node ?? el("tr", { role: "row", click: (event) => this.#clicked(event, row.alert.id) });
    const focused = node.contains(document.activeElement);
    const { alert, change } = row;
    node.dataset.id = alert.id;
    node.dataset.severity = alert.severity;
    node.classList.toggle("over", !["pending", "firing", "recovering"].includes(alert.state));
    if (selected) node.setAttribute("aria-current", "true");
    else node.removeAttribute("aria-current");
    node.replaceChildren(...this.#cells(alert, change, row.times));
    if (change && known?.change !== change) flash(node);
    if (focused) node.querySelector("a").focus({ preventScroll: true });
    this.#nodes.set(alert.id, { node, version: row.version, change, selected });
    return node;
  }

  #cells(alert, change, times) {
    const cell = (name, ...children) => el("td", { role: "cell", class: name }, children);
    const came = change && el("span", { class: "came", title: `came at ${change.heard.toLocaleTimeString()}` },
      `${KINDS[change.kind] ?? change.kind}${times > 1 ? ` ×${times}` : ""}`);
    return [
      cell("severity", severityBadge(alert.severity)),
      cell("what", el("a", { href: this.address(alert.id), id: `row-${alert.id}` }, capital(words(alert.rule))), came && [" ", came],
        el("span", { class: "summary" }, alert.summary)),
      cell("goods", goods(alert.product)),
      cell("lane", route(alert)),
      cell("condition", stateBadge(alert.state)),
      cell("workflow-cell", workflowBadge(alert)),
      cell("date opened", day(alert.opened_at)),
      cell("date judged", day(alert.updated_at)),
    ];
  }

  #clicked(event, id) {
    if (event.target.closest("a") || String(getSelection())) return;
    location.hash = this.address(id);
  }

  #suggest(rows) {
    for (const { alert } of rows) {
      for (const name of LISTED) {
        const value = alert[name];
        const key = `${name}=${value}`;
        if (!value || this.#suggested.has(key) || this.#suggested.size > 500) continue;
        this.#suggested.set(key, true);
        this.form.querySelector(`#known-${name}`).append(el("option", { value }));
      }
    }
  }

  /** Move to the next or the previous alert and return its id. */
  move(step) {
    const ids = this.feed.shown().map(({ alert }) => alert.id);
    if (!ids.length) return null;
    const focused = document.activeElement?.closest?.("tr")?.dataset.id ?? this.selected;
    const at = ids.indexOf(focused);
    const id = ids[Math.max(0, Math.min(ids.length - 1, at < 0 ? 0 : at + step))];
    const link = document.getElementById(`row-${id}`);
    link?.focus();
    link?.scrollIntoView({ block: "nearest" });
    return id;
  }
}

function flash(node) {
  node.classList.remove("fresh");
  void node.offsetWidth; // The animation begins anew.
  node.classList.add("fresh");
}
