// The silences that have not ended.

import { act, ask } from "/console/api.js";
import { askIn, told } from "/console/dialogs.js";
import { button, el, notice } from "/console/dom.js";
import { capital, local, words } from "/console/words.js";

const COLUMNS = ["Mutes", "Until", "Reason", "By", ""];

export class SilencesView {
  constructor({ me }) {
    this.me = me;
    this.place = el("div", {});
    this.node = el("section", { class: "wide", "aria-label": "Silences" }, el("div", { class: "toolbar" }, el("h2", {}, "Silences")), this.place);
  }

  async show() {
    try {
      const { silences } = await ask("/v1/silences");
      this.place.replaceChildren(silences.length ? this.#table(silences) : el("div", { class: "empty" }, el("h3", {}, "Nothing is silenced"),
        el("p", {}, "Open an alert and choose Silence (s): it mutes notifications until an end, and records everything all the same.")));
    } catch (error) {
      this.place.replaceChildren(el("div", { class: "empty" }, el("h3", {}, "The silences cannot be read"), el("p", {}, capital(error.message)),
        button("Try again", () => this.show(), { class: "primary" })));
    }
  }

  #table(silences) {
    return el("table", { class: "floors", role: "table", "aria-label": "Silences" },
      el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, COLUMNS.map((each) => (each
        ? el("th", { role: "columnheader", scope: "col" }, each) : el("td", { role: "cell" }))))),
      el("tbody", { role: "rowgroup" }, silences.map((each) => this.#row(each))));
  }

  #row({ id, created_by: by, silence }) {
    const cell = (label, ...children) => el("td", { role: "cell", data: { label } }, children);
    const { scopes } = this.me();
    const may = scopes.includes("silence") || scopes.includes("admin");
    const alert = silence.match.alert_id;
    const matched = Object.entries(silence.match).filter(([, value]) => value).map(([name, value]) => `${words(name)} ${value}`).join(", ");
    return el("tr", { role: "row" },
      el("th", { role: "rowheader", scope: "row" }, alert ? el("a", { href: `#/alerts/${encodeURIComponent(alert)}` }, matched) : matched),
      cell("Until", local(silence.ends_at)),
      cell("Reason", silence.reason, silence.ticket && el("span", { class: "summary" }, silence.ticket)),
      cell("By", by),
      cell("", may && button("End now", () => this.#end(id, matched), { class: "small" })));
  }

  async #end(id, matched) {
    const done = await told(() => askIn({
      title: "End the silence", about: `Notifications of ${matched} are sent again.`, fields: [], submit: "End it now",
      done: () => act(`/v1/silences/${encodeURIComponent(id)}`, null, { method: "DELETE" }),
    }));
    if (done) notice("The silence has ended");
    await this.show();
  }
}
