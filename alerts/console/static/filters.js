// Which alerts are looked at: kept in the address, so that it can be sent, kept and come back to.

import { OPEN_STATES, rank } from "/console/words.js";

export const LISTED = ["mineral", "stage", "origin", "destination", "rule", "zone"];
const NAMES = [...LISTED, "severity", "state", "workflow", "open"];
const STREAMED = [...LISTED, "severity"];

/** Return the filter that an address says. */
export function filterOf(query) {
  const given = new URLSearchParams(query);
  return Object.fromEntries(NAMES.map((name) => [name, given.get(name)?.trim()]).filter(([, value]) => value));
}

/** Return the filter as an address says it; nothing where it is empty. */
export function queryOf(filter) {
  const said = new URLSearchParams(NAMES.filter((name) => filter[name]).map((name) => [name, filter[name]]));
  return said.size ? `?${said}` : "";
}

/** Return what of it the stream is asked for: a change out of a condition must be heard too. */
export function streamed(filter) {
  return Object.fromEntries(STREAMED.filter((name) => filter[name]).map((name) => [name, filter[name]]));
}

/** Return whether an alert is looked at, as far as a change can tell; the server knows the rest. */
export function matches(alert, filter) {
  const [mineral, stage] = alert.product.split("|");
  const found = { ...alert, mineral, stage };
  return LISTED.every((name) => !filter[name] || among(found[name], filter[name]))
    && (!filter.severity || rank(alert.severity) >= rank(filter.severity))
    && (!filter.state || alert.state === filter.state)
    && (!filter.open || OPEN_STATES.has(alert.state) === (filter.open === "true"))
    && (filter.state === "retracted" || alert.state !== "retracted");
}

function among(value, wanted) {
  return wanted.toUpperCase().split(",").map((each) => each.trim()).includes(String(value ?? "").toUpperCase());
}
