// Small marks: always a word, and a colour beside it.

import { el } from "/console/dom.js";
import { words } from "/console/words.js";

export const severityBadge = (severity) => el("span", { class: "badge", data: { severity } }, severity);

export const stateBadge = (state) => el("span", { class: "state", data: { state } }, state);

/** Return how far people have come, and whose it is. */
export function workflowBadge({ workflow, suppression }) {
  let text = workflow.state;
  if (workflow.state === "closed") text = `closed: ${words(workflow.disposition)}`;
  else if (workflow.state === "assigned") text = `assigned to ${workflow.assignee}`;
  return el("span", { class: "workflow", data: { workflow: workflow.state } }, text, muted(suppression) && el("span", { class: "muted-mark" }, " · muted"));
}

/** Return whether something lies over an alert's notifications. */
export function muted(suppression) {
  return Boolean(suppression && (suppression.silenced_by?.length || suppression.inhibited_by?.length));
}
