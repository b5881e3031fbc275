// How values are put into words.

export const SEVERITIES = ["info", "warning", "high", "critical"];
export const STATES = ["pending", "firing", "recovering", "resolved", "expired", "retracted"];
export const OPEN_STATES = new Set(["pending", "firing", "recovering"]);
export const WORKFLOWS = ["open", "acknowledged", "assigned", "closed"];
export const DISPOSITIONS = {
  confirmed_violation: "Confirmed violation",
  referred: "Referred: to an authority, counsel or a petition",
  justified_discount: "Justified discount: grade, terms or contract explain it",
  related_party_review: "Related party: under review",
  data_error: "Data error",
  duplicate: "Duplicate",
  false_positive_rule: "False positive: the rule does not fit",
  false_positive_threshold: "False positive: the threshold is too tight",
  no_action: "No action",
};

export const rank = (severity) => SEVERITIES.indexOf(severity);
export const words = (name) => String(name).replaceAll("_", " ");
/** Return the name of a figure as it is read. */
export const named = (label) => capital(words(label).replace(/\busd\b/g, "USD").replace(/ pct\b/g, ", %").replace(/\bhs\b/g, "HS").replace(/\bhhi\b/gi, "HHI"));
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
export const day = (instant) => (instant ? instant.slice(0, 10) : "");
export const goods = (product) => product.replace("|", " · ");

/** Return where goods go, in signs and, for who listens, in words. */
export function route(alert) {
  if (alert.origin && alert.destination) return `${alert.origin} → ${alert.destination}`;
  if (alert.destination) return `any → ${alert.destination}`;
  if (alert.origin) return alert.origin.length === 2 ? `${alert.origin} → any` : alert.origin;
  return "all lanes";
}

/** Return an instant of the server in the time of this machine. */
export function local(instant) {
  const at = new Date(instant);
  return Number.isNaN(at.getTime()) ? instant : at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** Return the time of day now, to the second. */
export const clock = () => new Date().toLocaleTimeString(undefined, { hour12: false });

/** Return decimal text with at most so many places, grouped; text that is no number stays as it is. */
export function figure(text, places = 2) {
  const value = Number(text);
  if (text === null || text === undefined || text === "" || Number.isNaN(value)) return text ?? "";
  return value.toLocaleString("en", { maximumFractionDigits: places });
}

/** Return a number of things in words. */
export const counted = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
