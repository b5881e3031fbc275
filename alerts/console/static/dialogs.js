// Questions that are asked in a dialog: what to do about an alert, a silence, the token, and the help.

import { act, ask, newKey, token } from "/console/api.js";
import { button, el, notice } from "/console/dom.js";
import { keysOn, setKeysOn } from "/console/keyboard.js";
import { DISPOSITIONS, capital, goods, route, words } from "/console/words.js";

let numbered = 0;

/** Return a field with its label, and a hint where there is one. */
export function field(label, control, hint = null) {
  numbered += 1;
  control.id ||= `field-${numbered}`;
  const described = hint && el("small", { id: `${control.id}-hint` }, hint);
  if (described) control.setAttribute("aria-describedby", described.id);
  return el("div", { class: "field" }, el("label", { for: control.id }, label), control, described);
}

/** Return a choice among pairs of value and label. */
export function choice(name, pairs, attributes = {}) {
  return el("select", { name, ...attributes }, pairs.map(([value, label]) => el("option", { value }, label)));
}

/**
 * Ask in a dialog and resolve with what `done` returns, or null where it was put away.
 *
 * `done` is given the form's values; what it throws is shown, and the dialog stays.
 */
export function askIn({ title, about = null, fields, submit, danger = false, done }) {
  const back = document.activeElement;
  const problem = el("p", { class: "problem", role: "alert", hidden: true });
  const go = el("button", { type: "submit", class: danger ? "primary danger" : "primary" }, submit);
  const form = el("form", { novalidate: false }, el("h2", { id: "dialog-title" }, title),
    about && el("p", { class: "about" }, about), fields, problem,
    el("div", { class: "actions" }, button("Cancel", () => dialog.close()), go));
  const dialog = el("dialog", { "aria-labelledby": "dialog-title" }, form);
  document.body.append(dialog);
  return new Promise((resolve) => {
    let result = null;
    dialog.addEventListener("close", () => {
      dialog.remove();
      // Where what was focused has been drawn anew, its successor has the same id.
      const again = back?.isConnected ? back : back?.id && document.getElementById(back.id);
      again?.focus?.();
      resolve(result);
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      go.disabled = true;
      problem.hidden = true;
      try {
        result = await done(Object.fromEntries(new FormData(form)));
        dialog.close();
      } catch (error) {
        problem.textContent = capital(error.message);
        problem.hidden = false;
        go.disabled = false;
      }
    });
    dialog.showModal();
  });
}

const area = (name, attributes = {}) => el("textarea", { name, rows: 3, maxlength: 4000, ...attributes });
const about = (alert) => `${capital(words(alert.rule))}: ${goods(alert.product)}, ${route(alert)}`;

async function take(alert, action, body, key) {
  const taken = await act(`/v1/alerts/${encodeURIComponent(alert.id)}/${action}`, { ...body, revision: alert.revision }, { key });
  return taken.alert;
}

/** Each asks what is needed, does it, and returns the alert as it is then; null where it was left. */
export const ACTIONS = {
  acknowledge: (alert) => {
    const key = newKey();
    return askIn({
      title: "Acknowledge",
      about: `${about(alert)}. You have seen it and deal with it; a rise in severity undoes it.`,
      fields: [field("Note (optional)", area("note", { rows: 2 }))],
      submit: "Acknowledge",
      done: ({ note }) => take(alert, "acknowledge", { note }, key),
    });
  },
  unacknowledge: (alert) => take(alert, "unacknowledge", {}, newKey()),
  assign: (alert, me) => {
    const key = newKey();
    const mine = el("input", { name: "assignee", maxlength: 200, value: alert.workflow.assignee ?? me.name, autocomplete: "off" });
    return askIn({
      title: "Assign",
      about: about(alert),
      fields: [field("To whom", mine, "Leave it empty and it is nobody's any more."), field("Note (optional)", area("note", { rows: 2 }))],
      submit: "Assign",
      done: ({ assignee, note }) => take(alert, "assign", { assignee: assignee.trim() || null, note }, key),
    });
  },
  comment: (alert) => {
    const key = newKey();
    return askIn({
      title: "Comment",
      about: about(alert),
      fields: [field("Comment", area("comment", { required: true }), "Kept as it is; everybody who reads the alert reads it.")],
      submit: "Comment",
      done: ({ comment }) => take(alert, "comment", { comment }, key),
    });
  },
  close: (alert) => {
    const key = newKey();
    return askIn({
      title: "Close",
      about: about(alert),
      fields: [
        field("What it turned out to be", choice("disposition", [["", "Choose one"], ...Object.entries(DISPOSITIONS)], { required: true })),
        field("Comment", area("comment", { required: true }), "Why: whoever looks again in a year has this alone."),
      ],
      submit: "Close the alert",
      done: ({ disposition, comment }) => take(alert, "close", { disposition, comment }, key),
    });
  },
  reopen: (alert) => {
    const key = newKey();
    return askIn({
      title: "Open again",
      about: about(alert),
      fields: [field("Why", area("comment", { required: true }))],
      submit: "Open again",
      done: ({ comment }) => take(alert, "reopen", { comment }, key),
    });
  },
};

const LASTING = [["4", "4 hours"], ["24", "A day"], ["168", "A week"], ["720", "30 days"], ["", "Until a time of its own"]];
const instant = (at) => `${at.toISOString().slice(0, 19)}Z`;

/** Ask for a silence for alerts like one; returns it, null where it was left. */
export function askSilence(alert) {
  const key = newKey();
  const [mineral, stage] = alert.product.split("|");
  const offered = [
    ["alert_id", alert.id, "This alert alone", true],
    ["rule", alert.rule, `Rule ${words(alert.rule)}`, false],
    ["mineral", mineral, `Mineral ${mineral}`, false],
    ["stage", stage, `Stage ${stage}`, false],
    ["origin", alert.origin, `From ${alert.origin}`, false],
    ["destination", alert.destination, `To ${alert.destination}`, false],
    ["zone", alert.zone, `Zone ${alert.zone}`, false],
  ].filter(([, value]) => value);
  const boxes = offered.map(([name, value, label, checked]) =>
    el("label", { class: "check" }, el("input", { type: "checkbox", name: `match-${name}`, value, checked }), label));
  const until = el("input", { type: "datetime-local", name: "until" });
  const own = field("Until (time of this machine)", until);
  own.hidden = true;
  const lasting = choice("hours", LASTING, { change: () => {
    own.hidden = lasting.value !== "";
    until.required = !own.hidden;
  } });
  return askIn({
    title: "Silence",
    about: "Mutes notifications until an end; alerts are recorded all the same, and their end is told.",
    fields: [
      el("fieldset", {}, el("legend", {}, "Which alerts: all that is ticked must fit"), boxes),
      field("For how long", lasting, "A silence always ends, after 90 days at the latest."),
      own,
      field("Reason", area("reason", { required: true, rows: 2 })),
      field("Ticket (optional)", el("input", { name: "ticket", maxlength: 200, autocomplete: "off" })),
    ],
    submit: "Silence",
    done: (given) => {
      const match = Object.fromEntries(offered.map(([name]) => [name, given[`match-${name}`]]).filter(([, value]) => value));
      const ends = given.hours ? new Date(Date.now() + Number(given.hours) * 3_600_000) : new Date(given.until);
      const ticket = given.ticket.trim() || null;
      return act("/v1/silences", { match, ends_at: instant(ends), reason: given.reason, ticket }, { key });
    },
  });
}

/** Ask for a token; returns who it belongs to, null where it was left. */
export function askToken(why = null) {
  const held = token.get();
  const control = el("input", {
    name: "token", type: "password", required: true, autocomplete: "off", spellcheck: "false", placeholder: "fw_…",
  });
  const forget = held && button("Forget the one in use", () => { token.clear(); location.reload(); });
  return askIn({
    title: "Your token",
    about: why,
    fields: [
      field("Token", control, "Kept in this tab until it is closed, and sent in a header to this server alone. "
        + "Whoever runs the server makes one with: floorwatch tokens create NAME --scope read --scope ack"),
      forget,
    ],
    submit: "Use it",
    done: async (given) => {
      const before = token.get();
      token.set(given.token.trim());
      try {
        return await ask("/v1/me");
      } catch (error) {
        if (before) token.set(before);
        else token.clear();
        throw error;
      }
    },
  });
}

const KEYS = [
  ["j / k", "next / previous alert"],
  ["Enter", "open the alert"],
  ["Esc", "close the alert, or this"],
  ["a", "acknowledge"],
  ["i", "assign"],
  ["m", "comment"],
  ["c", "close with a disposition"],
  ["s", "silence"],
  ["p", "pause or go on"],
  ["/", "filter"],
  ["?", "this help"],
];

/** Show the keys, and what the words mean. */
export function showHelp() {
  const on = el("input", { type: "checkbox", checked: keysOn(), change: () => setKeysOn(on.checked) });
  const back = document.activeElement;
  const dialog = el("dialog", { "aria-labelledby": "help-title", class: "help" },
    el("h2", { id: "help-title" }, "Keyboard and words"),
    el("dl", { class: "keys" }, KEYS.map(([keys, what]) => [el("dt", {}, keys.split(" / ").map((each, at) => [at ? " / " : "", el("kbd", {}, each)])), el("dd", {}, what)])),
    el("label", { class: "check" }, on, "Single keys do something (turn it off where they get in the way)"),
    el("p", {}, "An alert is a signal, not a determination. Its ", el("b", {}, "condition"), " (pending, firing, recovering; resolved, expired) "
      + "follows from the records alone; its ", el("b", {}, "workflow"), " (open, acknowledged, assigned, closed) is what people did. "
      + "Dates in the list are those of the trade, not of this clock."),
    el("div", { class: "actions" }, button("Close", () => dialog.close(), { class: "primary" })));
  dialog.addEventListener("close", () => { dialog.remove(); back?.focus?.(); });
  document.body.append(dialog);
  dialog.showModal();
}

/** Do something and tell where it fails. */
export async function told(doing) {
  try {
    return await doing();
  } catch (error) {
    notice(capital(error.message), { bad: true });
    return null;
  }
}
