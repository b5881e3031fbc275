// The console: which view is shown, and what flows between the views.

import { ask, token } from "/console/api.js";
import { AlertsView } from "/console/alerts_view.js";
import { DetailView } from "/console/detail_view.js";
import { askToken, showHelp } from "/console/dialogs.js";
import { announce, button, el, notice } from "/console/dom.js";
import { Feed } from "/console/feed.js";
import { filterOf, queryOf, streamed } from "/console/filters.js";
import { FloorsView } from "/console/floors_view.js";
import { listen } from "/console/keyboard.js";
import { SilencesView } from "/console/silences_view.js";
import { Stream } from "/console/stream.js";
import { capital, clock, counted, local, rank, route, words } from "/console/words.js";

const HOME = "#/alerts?open=true";
const DRAW_MS = 120; // However many changes come, the list is drawn so often at most.
const REFRESH_MS = 60_000; // Silences end, and acknowledgements lapse, without anybody saying so.
const LOOK_AGAIN_MS = 250;
const ANNOUNCE_MS = 1500;

const STATES = {
  connecting: "Connecting",
  live: "Live",
  behind: "Store is being filled",
  refused: "Not allowed",
};

let me = { name: "nobody", scopes: [] };
let place = null; // The part of the address that is shown: view, alert, filter.
let query = null;
let drawing = null;
let opened = [];
let refresh = null;
let acted = new Set();

const main = document.getElementById("main");
const feed = new Feed({ changed: draw, opened: hearOpened });
const stream = new Stream({
  state: showConnection,
  change: (change) => {
    feed.hear(change);
    if (detail.alert?.id === change.alert_id) refreshDetail();
  },
  acted: hearActed,
  back: () => void feed.reload(),
  alive: (instant) => { document.getElementById("connection").title = `A heartbeat came all the way from a worker at ${local(instant)}`; },
  gap: () => {
    notice("Changes were missed while the connection was away: the list is read again, as everything stands now.");
    void feed.reload();
  },
});
const views = {
  alerts: new AlertsView(feed, { go: (filter) => { location.hash = `#/alerts${queryOf(filter)}`; }, address: addressOf }),
  floors: new FloorsView(),
  silences: new SilencesView({ me: () => me }),
};
const detail = new DetailView({
  me: () => me, close: closeDetail, changed: (alert) => feed.put(alert), address: addressOf,
});
const panes = el("div", { class: "panes" }, views.alerts.node, detail.node);

function addressOf(id) {
  return `#/alerts/${encodeURIComponent(id)}${queryOf(place?.filter ?? {})}`;
}

function draw() {
  drawing ??= setTimeout(() => {
    drawing = null;
    views.alerts.show();
  }, DRAW_MS);
}

function refreshDetail() {
  clearTimeout(refresh);
  refresh = setTimeout(() => detail.alert && detail.show(detail.alert.id), 500);
}

/** Look again at what somebody acted on, of what is on the screen; a silence may be over any of it. */
function hearActed(subject) {
  if (!acted.size) setTimeout(lookAgain, LOOK_AGAIN_MS);
  acted.add(subject);
}

async function lookAgain() {
  const subjects = [...acted];
  acted = new Set();
  if (subjects.includes(detail.alert?.id)) refreshDetail();
  if (subjects.length > 5 || subjects.some((each) => !feed.rows.has(each))) await feed.reload();
  else await Promise.all(subjects.map(async (id) => feed.put(await ask(`/v1/alerts/${encodeURIComponent(id)}`)))).catch(() => feed.reload());
}

function hearOpened(alert) {
  if (!opened.length) setTimeout(sayOpened, ANNOUNCE_MS);
  opened.push(alert);
}

function sayOpened() {
  const worst = opened.reduce((most, each) => (rank(each.severity) > rank(most.severity) ? each : most));
  const what = `${worst.severity} ${words(worst.rule)}, ${worst.product.replace("|", " ")}, ${route(worst)}`;
  announce(opened.length === 1 ? `New alert: ${what}` : `${counted(opened.length, "new alert")}, the most serious: ${what}`);
  opened = [];
}

function showConnection(state, detailOf) {
  const shown = document.getElementById("connection");
  shown.dataset.state = state;
  shown.textContent = STATES[state];
  if (state === "waiting") shown.textContent = `Away, again in ${Math.max(1, Math.round(detailOf / 1000))} s`;
  if (state === "refused" && detailOf === 400) shown.textContent = "Filter not understood";
  if (state === "refused" && detailOf === 401) void signIn("The token holds no longer, or none was given.");
}

/** Return what an address shows. */
function read(hash) {
  const [path, given = ""] = hash.replace(/^#\/?/, "").split("?");
  const [view, alert = null] = path.split("/");
  return { view: view in views ? view : "alerts", alert: alert && decodeURIComponent(alert), filter: filterOf(given) };
}

async function follow() {
  if (!location.hash) {
    history.replaceState(null, "", HOME);
  }
  const before = place;
  place = read(location.hash);
  for (const link of document.querySelectorAll("nav [data-view]")) {
    if (link.dataset.view === place.view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${place.alert ? "Alert" : capital(place.view)} · Floorwatch`;
  if (place.view !== "alerts") {
    detail.leave();
    main.replaceChildren(views[place.view].node);
    // What comes is heard in every view.
    if (query === null) void look(filterOf(HOME.split("?")[1]));
    await views[place.view].show();
    return;
  }
  if (!panes.isConnected) main.replaceChildren(panes);
  panes.classList.toggle("open", place.alert !== null);
  views.alerts.selected = place.alert;
  views.alerts.show();
  if (place.alert) {
    await Promise.all([detail.show(place.alert), look(place.filter)]);
    if (before?.alert !== place.alert && place.alert) document.getElementById("detail-title")?.focus({ preventScroll: true });
  } else {
    detail.leave();
    await look(place.filter);
    if (before?.alert) document.getElementById(`row-${before.alert}`)?.focus();
  }
}

/** Look at what fits a filter: hear from now on, then read how everything stands, so that nothing is between. */
async function look(filter) {
  const wanted = queryOf(filter);
  if (wanted === query) return;
  query = wanted;
  views.alerts.since = clock();
  views.alerts.showFilter(filter);
  await stream.start(streamed(filter));
  if (wanted === query) await feed.load(filter);
}

function closeDetail() {
  location.hash = `#/alerts${queryOf(place.filter)}`;
}

/** Do what a key stands for about the alert that is shown, or the one that has the focus in the list. */
async function about(action) {
  const id = document.activeElement?.closest?.("tr[data-id]")?.dataset.id ?? detail.alert?.id;
  if (!id) return;
  if (detail.alert?.id !== id) {
    location.hash = addressOf(id);
    await detail.show(id);
  }
  await detail.do(action);
}

async function signIn(why) {
  if (document.querySelector("dialog[open]")) return;
  const found = await askToken(why);
  if (found) await begin();
  else if (me.scopes.length === 0) showNobody();
}

function showNobody() {
  main.replaceChildren(el("div", { class: "empty" }, el("h2", {}, "Who are you?"),
    el("p", {}, "This server wants a token. Whoever runs it makes one:"),
    el("p", {}, el("code", {}, "floorwatch tokens create NAME --scope read --scope ack --scope silence")),
    button("Enter a token", () => signIn(null), { class: "primary" })));
}

/** Ask who is calling, and show what the address says. */
async function begin() {
  try {
    me = await ask("/v1/me");
  } catch (error) {
    if (error.status === 401) {
      const had = token.get() !== null;
      token.clear();
      showNobody();
      showConnection("refused", null);
      await signIn(had ? capital(error.message) : null);
    } else {
      main.replaceChildren(el("div", { class: "empty" }, el("h2", {}, "Floorwatch does not answer"), el("p", {}, capital(error.message)),
        button("Try again", begin, { class: "primary" })));
      if (error.status === 0) setTimeout(() => me.scopes.length === 0 && begin(), 3000);
    }
    return;
  }
  const who = document.getElementById("account");
  who.textContent = me.token ? me.name : "Token";
  who.setAttribute("aria-label", me.token ? `Token of ${me.name}: change it` : "Enter a token");
  query = null;
  await follow();
}

document.getElementById("skip").addEventListener("click", () => main.focus());
document.getElementById("help").addEventListener("click", showHelp);
document.getElementById("account").addEventListener("click", () => signIn(null));
addEventListener("hashchange", () => me.scopes.length && follow());
addEventListener("online", () => stream.hurry());
document.addEventListener("visibilitychange", () => { if (!document.hidden) stream.hurry(); });
setInterval(() => {
  if (!document.hidden && place?.view === "alerts" && me.scopes.length && !feed.paused) void feed.reload();
}, REFRESH_MS);

listen({
  j: () => views.alerts.move(1),
  k: () => views.alerts.move(-1),
  "/": () => views.alerts.focusFilter(),
  "?": showHelp,
  p: () => views.alerts.pauseButton.click(),
  a: () => about("acknowledge"),
  i: () => about("assign"),
  m: () => about("comment"),
  c: () => about("close"),
  s: () => about("silence"),
  Escape: () => { if (place?.alert) closeDetail(); },
});

await begin();
