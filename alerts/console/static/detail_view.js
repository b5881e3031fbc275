// One alert: what it says, how it comes to it, what became of it, and what can be done.

import { ask, download } from "/console/api.js";
import { severityBadge, stateBadge, workflowBadge } from "/console/badges.js";
import { chartOf } from "/console/chart.js";
import { ACTIONS, askSilence, told } from "/console/dialogs.js";
import { announce, button, el, notice } from "/console/dom.js";
import { DISPOSITIONS, capital, day, figure, goods, local, named, route, words } from "/console/words.js";

const DID = {
  acknowledged: "acknowledged it", unacknowledged: "took the acknowledgement back", commented: "commented",
  closed: "closed it", reopened: "opened it again",
};

const RECENT = 6; // Changes that are shown at once.
const EARLIER_MAX = 100;

/** The pane of one alert. */
export class DetailView {
  alert = null;
  #turn = 0;

  constructor({ me, close, changed, address }) {
    this.me = me;
    this.close = close;
    this.changed = changed;
    this.address = address;
    this.node = el("section", { class: "detail", "aria-labelledby": "detail-title", tabindex: "0" });
  }

  /** Show an alert, read anew. */
  async show(id) {
    this.#turn += 1;
    const turn = this.#turn;
    if (this.alert?.id !== id) {
      this.alert = null;
      this.node.replaceChildren(el("h2", { id: "detail-title", tabindex: "-1" }, "Reading the alert …"));
      this.node.scrollTop = 0;
    }
    const path = `/v1/alerts/${encodeURIComponent(id)}`;
    try {
      const [alert, explanation, history, prices] = await Promise.all(["", "/explanation", "/history", "/prices"].map((each) => ask(path + each)));
      if (turn !== this.#turn) return;
      this.alert = alert;
      this.#draw(explanation, history, prices);
      this.changed(alert);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.node.replaceChildren(el("h2", { id: "detail-title", tabindex: "-1" }, "The alert cannot be shown"), el("p", {}, capital(error.message)),
        button("Back to the list", this.close));
    }
  }

  leave() {
    this.#turn += 1;
    this.alert = null;
    this.node.replaceChildren();
  }

  /** Do something about the alert that is shown. */
  async do(name) {
    if (!this.alert || !this.may(name)) return;
    const before = this.alert;
    if (name === "silence") {
      const silence = await askSilence(before);
      if (silence) notice(`Silenced until ${local(silence.silence.ends_at)}`);
      if (silence) await this.show(before.id);
      return;
    }
    const after = await told(() => ACTIONS[name](before, this.me()));
    if (!after) return;
    announce(`The alert is ${after.workflow.state}`);
    await this.show(before.id);
  }

  may(name) {
    const { scopes } = this.me();
    const needed = name === "silence" ? "silence" : "ack";
    if (!scopes.includes(needed) && !scopes.includes("admin")) {
      notice(`This needs a token with the scope ${needed}`, { bad: true });
      return false;
    }
    return true;
  }

  #draw(explanation, history, prices) {
    const { alert } = this;
    const detail = [
      this.#head(explanation), this.#actions(), this.#workflow(), chartOf(prices), arithmetic(explanation),
      this.#story(history), facts(explanation), this.#pack(),
    ];
    const focused = this.node.contains(document.activeElement) ? document.activeElement.id : null;
    const kept = this.node.scrollTop;
    this.node.replaceChildren(...detail.flat().filter(Boolean));
    this.node.dataset.id = alert.id;
    this.node.scrollTop = kept;
    if (focused) document.getElementById(focused)?.focus();
  }

  #head(explanation) {
    const { alert } = this;
    const other = (id, label) => id && el("a", { href: this.address(id) }, label);
    return [
      el("div", { class: "detail-head" },
        el("h2", { id: "detail-title", tabindex: "-1" }, capital(words(alert.rule))),
        button("✕", this.close, { class: "quiet close", "aria-label": "Close the alert", "aria-keyshortcuts": "Escape" })),
      el("p", { class: "marks" }, severityBadge(alert.severity), " ", stateBadge(alert.state), " ", workflowBadge(alert),
        alert.flapping && el("span", { class: "state" }, "flapping")),
      el("p", { class: "lane-line" }, `${goods(alert.product)} · ${route(alert)}`, alert.zone && ` · zone ${alert.zone}`),
      el("p", { class: "paragraph" }, explanation.paragraph),
      el("p", { class: "muted small" }, `${capital(alert.notice)}. `, explanation.coverage, " ",
        other(alert.previous_id, "The episode before"), alert.previous_id && alert.next_id && " · ", other(alert.next_id, "The next episode")),
    ];
  }

  #actions() {
    const { workflow } = this.alert;
    const { scopes } = this.me();
    const can = (scope) => scopes.includes(scope) || scopes.includes("admin");
    const one = (name, label, keys, first = false) => button(label, () => this.do(name),
      { id: `do-${name}`, class: first ? "primary" : null, "aria-keyshortcuts": keys });
    const closed = workflow.state === "closed";
    const acting = closed ? [one("reopen", "Open again", null, true), one("comment", "Comment", "m")] : [
      workflow.acknowledged_by ? one("unacknowledge", "Take acknowledgement back", null) : one("acknowledge", "Acknowledge", "a", true),
      one("assign", "Assign", "i"), one("comment", "Comment", "m"), one("close", "Close", "c"),
    ];
    if (!can("ack") && !can("silence")) {
      return el("p", { class: "muted card" }, "You may read. To acknowledge, assign, close or silence, use a token with the scopes ack and silence (Token, above).");
    }
    return el("div", { class: "actions wrap", role: "group", "aria-label": "What can be done" }, can("ack") && acting,
      can("silence") && one("silence", "Silence", "s"));
  }

  #workflow() {
    const { workflow, suppression } = this.alert;
    const lines = [
      workflow.acknowledged_by && `Acknowledged by ${workflow.acknowledged_by}, ${local(workflow.acknowledged_at)}.`,
      workflow.assignee && `Assigned to ${workflow.assignee}.`,
      workflow.closed_by && `Closed by ${workflow.closed_by}, ${local(workflow.closed_at)}: ${DISPOSITIONS[workflow.disposition] ?? words(workflow.disposition)}.`,
      workflow.undone && `No longer as it was: ${words(workflow.undone)}.`,
      suppression.silenced_by.length > 0 && "Silenced: its notifications are mute, it is recorded all the same.",
      suppression.inhibited_by.length > 0 && "Muted while a more serious alert on the same goods is open.",
    ].filter(Boolean);
    if (!lines.length && !workflow.comments.length) return null;
    return el("section", { class: "card" }, el("h3", {}, "What was done"), lines.map((each) => el("p", {}, each)),
      workflow.comments.length > 0 && el("ol", { class: "comments" }, workflow.comments.map((each) =>
        el("li", {}, el("p", { class: "muted small" }, `${each.actor}, ${local(each.at)}`), el("p", { class: "said" }, each.text)))));
  }

  #story(history) {
    const changes = history.changes.map((each) => ({
      at: day(each.at), what: el("li", {}, el("span", { class: "date" }, day(each.at)), " ", severityBadge(each.severity), " ",
        el("b", {}, words(each.kind)), ` (${words(each.reason)}) `, el("span", { class: "muted" }, each.summary)),
    })).reverse();
    const actions = history.actions.map(({ action }) => el("li", {}, el("span", { class: "date" }, local(action.at)), " ",
      el("b", {}, action.actor), ` ${did(action)}`, said(action) && el("p", { class: "said" }, said(action)))).reverse();
    const [recent, earlier] = [changes.slice(0, RECENT), changes.slice(RECENT, EARLIER_MAX)].map((some) => some.map(({ what }) => what));
    return el("section", { class: "card" }, el("h3", {}, "History"),
      actions.length > 0 && [el("h4", {}, "People, by the clock"), el("ol", { class: "history" }, actions)],
      el("h4", {}, "Records, by the date of the trade"), el("ol", { class: "history" }, recent),
      earlier.length > 0 && el("details", {}, el("summary", {}, `Earlier (${earlier.length})`), el("ol", { class: "history" }, earlier)),
      changes.length > EARLIER_MAX && el("p", { class: "muted small" }, `The last ${EARLIER_MAX} of ${changes.length} changes; all are in the evidence pack.`));
  }

  #pack() {
    const { id } = this.alert;
    const path = `/v1/alerts/${encodeURIComponent(id)}/evidence`;
    const one = (suffix, label) => button(label, () => told(() => download(path + suffix, `evidence-${id}${suffix || ".json"}`)));
    return el("section", { class: "card" }, el("h3", {}, "Evidence pack"),
      el("p", {}, "The alert, its arithmetic recomputed and its history, to check or file without this system. Taking it is written down."),
      el("div", { class: "actions wrap left" }, one(".html", "Page to print"), one(".csv", "Table (CSV)"), one("", "JSON")),
      el("p", { class: "muted small" }, "Alert ", el("code", {}, id)));
  }
}

function did(action) {
  if (action.kind === "assigned") return action.assignee ? `assigned it to ${action.assignee}` : "assigned it to nobody";
  if (action.kind === "closed") return `closed it: ${words(action.disposition)}`;
  return DID[action.kind] ?? words(action.kind);
}

const said = (action) => action.comment || action.note || "";

function arithmetic(explanation) {
  const sections = Map.groupBy ? Map.groupBy(explanation.steps, (each) => each.section) : grouped(explanation.steps);
  if (!sections.size) return null;
  const parts = [...sections].map(([section, steps]) => [
    section && el("h4", {}, capital(section)),
    el("ul", { class: "steps" }, steps.map(({ step, mismatch }) => el("li", { class: mismatch ? "wrong" : null },
      el("span", { class: "step-label" }, capital(step.label)), " is ",
      el("b", { class: "number" }, `${figure(step.result, 6)} ${step.unit}`.trim()), ": ",
      el("code", {}, step.expression), " ",
      el("span", { class: mismatch ? "check bad" : "check" }, mismatch ? `✗ ${mismatch.problem}` : "✓ holds")))),
  ]);
  return el("section", { class: "card" }, el("h3", {}, "The arithmetic, in words"),
    el("p", { class: "muted small" }, explanation.holds ? "Every line was worked out again from the figures in it, and holds." : "Not every line holds: look at those marked."), parts);
}

function grouped(steps) {
  const found = new Map();
  for (const each of steps) found.set(each.section, [...(found.get(each.section) ?? []), each]);
  return found;
}

/** Return all that the alert states: its own facts at once, what belongs together behind one heading each. */
function facts(explanation) {
  const groups = new Map();
  for (const { section, label, value } of explanation.facts) {
    const [group, ...rest] = section.split(", ");
    const name = [...rest, label].filter(Boolean).join(", ");
    groups.set(group, [...(groups.get(group) ?? []), [name || group, value]]);
  }
  return el("section", { class: "card" }, el("h3", {}, "What it states"), [...groups].map(([group, stated]) => {
    const list = el("dl", { class: "facts" }, stated.map(([name, value]) => [el("dt", {}, named(name)), el("dd", {}, value)]));
    return group ? el("details", {}, el("summary", {}, `${capital(group)} (${stated.length})`), list) : list;
  }));
}
