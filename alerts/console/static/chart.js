// Prices over time. The charting library is the server's own installed package, loaded when a chart is first shown.

import { ask } from "/console/api.js";
import { el } from "/console/dom.js";
import { capital, figure } from "/console/words.js";

let loading = null;

function library() {
  loading ??= ask("/console/console.json").then(({ plotly }) => {
    if (!plotly) throw new Error("charts need the package plotly on the server (pip install 'floorwatch[console]'); the figures are below");
    return new Promise((resolve, reject) => {
      const script = el("script", { src: `/console/${plotly}`, load: () => resolve(window.Plotly), error: () => {
        loading = null;
        reject(new Error("the charting library did not come; the figures are below"));
      } });
      document.head.append(script);
    });
  });
  return loading;
}

const STYLES = {
  price: { colour: "--chart-price", dash: "solid", width: 2, symbol: "circle" },
  floor: { colour: "--chart-floor", dash: "solid", width: 2, symbol: "line-ew-open", shape: "hv" },
  normal_value: { colour: "--chart-normal", dash: "dash", width: 2, symbol: "diamond", shape: "hv" },
  reference: { colour: "--chart-reference", dash: "dot", width: 1.5, symbol: "square", shape: "hv" },
};
const ORDER = ["price", "floor", "normal_value", "reference"];
const LINES_MAX = 6;
const MARKS = ["circle-open", "square-open", "triangle-up-open", "diamond-open", "star-open"]; // Of prices beside the first.

/** Return lines of points by what they are; of one day the last counts. */
export function linesOf(points) {
  const lines = new Map();
  for (const point of points) {
    const line = lines.get(point.label) ?? { label: point.label, role: point.role, days: new Map() };
    line.days.set(point.day, point.usd_per_kg);
    lines.set(point.label, line);
  }
  return [...lines.values()].sort((a, b) => ORDER.indexOf(a.role) - ORDER.indexOf(b.role) || b.days.size - a.days.size).slice(0, LINES_MAX);
}

function traces(lines, colour) {
  const days = lines.flatMap((line) => [...line.days.keys()]).sort();
  const last = days.at(-1);
  let prices = 0;
  return lines.map((line) => {
    const style = STYLES[line.role];
    const entries = [...line.days].sort(([a], [b]) => (a < b ? -1 : 1));
    // What holds until it is replaced is drawn to the end.
    if (style.shape && entries.at(-1)[0] < last) entries.push([last, entries.at(-1)[1]]);
    const place = line.role === "price" ? prices++ : 0;
    const second = place > 0;
    return {
      name: capital(line.label),
      x: entries.map(([each]) => each),
      y: entries.map(([, each]) => Number(each)),
      mode: style.shape || (entries.length > 1 && !second) ? "lines+markers" : "markers",
      line: { color: colour(style.colour), dash: style.dash, width: style.width, shape: style.shape ?? "linear" },
      marker: { color: colour(second ? "--chart-price-2" : style.colour), size: style.shape ? 5 : 7, symbol: second ? MARKS[(place - 1) % MARKS.length] : style.symbol },
      hovertemplate: "%{x|%Y-%m-%d}<br>%{y:.3f} USD/kg<extra>%{fullData.name}</extra>",
    };
  });
}

/** Return the first and last instant to draw, with some room on both sides. */
function span(lines) {
  const days = lines.flatMap((line) => [...line.days.keys()]).map((each) => Date.parse(each)).filter(Number.isFinite);
  const [first, last] = [Math.min(...days), Math.max(...days)];
  const room = Math.max(20 * 86_400_000, (last - first) / 25);
  return [first - room, last + room].map((each) => new Date(each).toISOString().slice(0, 10));
}

function layout(lines, colour) {
  const axis = { gridcolor: colour("--line"), linecolor: colour("--line"), zeroline: false, automargin: true };
  return {
    height: 300,
    margin: { l: 48, r: 8, t: 8, b: 8 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: colour("--muted"), size: 12, family: "system-ui, sans-serif" },
    legend: { orientation: "h", y: -0.18, x: 0 },
    hovermode: "closest",
    hoverlabel: { bgcolor: colour("--raised"), bordercolor: colour("--line"), font: { color: colour("--text") } },
    xaxis: { ...axis, type: "date", range: span(lines) },
    yaxis: { ...axis, title: { text: "USD/kg" } },
  };
}

/** Return the section with the chart of an alert's lane, drawn once the library is there, and its figures as a table. */
export function chartOf(prices) {
  const lines = linesOf(prices.points);
  if (!lines.some((line) => line.role === "price" || line.days.size > 1)) {
    return el("section", { class: "card" }, el("h3", {}, "Price against floor and normal value"),
      el("p", { class: "muted" }, "The alerts of this lane state no prices over time: the rule compares something else, or its figures are withheld."));
  }
  const said = lines.map((line) => `${line.label}, ${line.days.size} ${line.days.size === 1 ? "day" : "days"}`).join("; ");
  const place = el("div", { class: "chart", role: "img", "aria-label": `Chart of prices over time: ${said}. The figures follow as a table.` });
  const status = el("p", { class: "muted", role: "status" }, "Drawing …");
  void draw(place, status, lines);
  return el("section", { class: "card" }, el("h3", {}, "Price against floor and normal value"), status, place,
    el("p", { class: "muted small" }, "As the alerts of this lane have told it, USD per kg of content."), figures(lines));
}

/** Return a colour of the style sheet as it is in the scheme at hand. */
function colourOf(name) {
  const probe = el("span", { hidden: true });
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

async function draw(place, status, lines) {
  const paint = async () => {
    const Plotly = await library();
    await Plotly.react(place, traces(lines, colourOf), layout(lines, colourOf), { displayModeBar: false, responsive: true });
    place.dataset.drawn = "true";
  };
  try {
    await paint();
    status.remove();
  } catch (error) {
    status.textContent = capital(error.message);
    place.remove();
    return;
  }
  const again = () => {
    if (place.isConnected) void paint();
    else document.removeEventListener("floorwatch:theme", again);
  };
  document.addEventListener("floorwatch:theme", again);
}

function figures(lines) {
  const rows = lines.flatMap((line) => [...line.days].map(([day, value]) => ({ day, label: line.label, value })))
    .sort((a, b) => (a.day === b.day ? (a.label < b.label ? -1 : 1) : a.day < b.day ? 1 : -1));
  const shown = rows.slice(0, 200);
  return el("details", {}, el("summary", {}, "The figures of the chart"),
    el("table", { class: "plain" },
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Day"), el("th", { scope: "col" }, "What"), el("th", { scope: "col", class: "number" }, "USD/kg"))),
      el("tbody", {}, shown.map((row) => el("tr", {}, el("td", { class: "date" }, row.day), el("td", {}, row.label), el("td", { class: "number" }, figure(row.value, 6)))))),
    rows.length > shown.length && el("p", { class: "muted small" }, `The last ${shown.length} of ${rows.length}; all are at /v1/alerts/…/prices.`));
}
