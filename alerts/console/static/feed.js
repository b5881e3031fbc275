// The alerts that are shown: a page of the list, and above it what changed since.

import { ask } from "/console/api.js";
import { matches } from "/console/filters.js";

const PAGE = 50;
const LIVE_MAX = 100;
const KNOWN_MAX = 20_000;

/** What is on the screen; `changed()` is called whenever that is another. */
export class Feed {
  rows = new Map(); // By alert: what is shown of it.
  live = []; // Ids of what changed since, the last first.
  page = []; // Ids of the page of the list.
  heard = 0; // Changes since the page was read.
  paused = false;
  held = new Map(); // By alert: its last change while nothing moves.
  heldCount = 0;
  loading = true;
  problem = null;
  next = null;
  #before = []; // Cursors of the pages before this one.
  #cursor = null;
  #known = new Set();
  #filter = {};
  #turn = 0;

  constructor({ changed, opened }) {
    this.changed = changed;
    this.opened = opened;
  }

  /** Return whether changes wait: because of a pause, or because an older page is looked at. */
  get holding() {
    return this.paused || this.#cursor !== null;
  }

  get pageNumber() {
    return this.#before.length + 1;
  }

  /** Show the first page for a filter. */
  async load(filter) {
    this.#filter = filter;
    this.#before = [];
    await this.#read(null);
  }

  /** Read the page again as it is now. */
  reload() {
    return this.#read(this.#cursor, { quietly: true });
  }

  async older() {
    if (!this.next) return;
    this.#before.push(this.#cursor);
    await this.#read(this.next);
  }

  async newer() {
    if (this.#before.length) await this.#read(this.#before.pop());
  }

  async #read(cursor, { quietly = false } = {}) {
    this.#turn += 1;
    const turn = this.#turn;
    this.loading = !quietly;
    this.changed();
    try {
      const found = await ask("/v1/alerts", { ...this.#filter, limit: PAGE, cursor });
      if (turn !== this.#turn) return;
      this.problem = null;
      this.#cursor = cursor;
      this.next = found.cursor;
      if (quietly) {
        // What changed since stays above; what people did meanwhile is seen.
        for (const each of found.alerts) this.#put(each, this.rows.get(each.id)?.change ?? null);
        this.page = found.alerts.map((each) => each.id);
        const kept = new Set([...this.page, ...this.live]);
        for (const id of this.rows.keys()) if (!kept.has(id)) this.rows.delete(id);
      } else {
        this.rows = new Map(found.alerts.map((each) => [each.id, { alert: each, change: null, times: 0, version: 0 }]));
        [this.page, this.live, this.heard] = [found.alerts.map((each) => each.id), [], 0];
      }
      if (cursor === null && !this.paused) this.#release();
    } catch (error) {
      if (turn !== this.#turn) return;
      this.problem = error;
      // Rows of another filter would be taken for what was asked for; a list that cannot be read again stays.
      if (!quietly) [this.rows, this.page, this.live, this.next] = [new Map(), [], [], null];
    }
    this.loading = false;
    this.changed();
  }

  /** Take a change in, unless it was heard before. */
  hear(change) {
    if (this.#known.has(change.id)) return;
    this.#known.add(change.id);
    if (this.#known.size > KNOWN_MAX) this.#known.delete(this.#known.values().next().value);
    const heard = { ...change, heard: new Date() };
    if (this.holding || this.loading) {
      this.held.delete(change.alert_id);
      this.held.set(change.alert_id, { last: heard, count: (this.held.get(change.alert_id)?.count ?? 0) + 1 });
      this.heldCount += 1;
    } else {
      this.#show(heard, 1);
    }
    this.changed();
  }

  pause() {
    this.paused = true;
    this.changed();
  }

  /** Show what came meanwhile, from the first page on. */
  async resume() {
    this.paused = false;
    if (this.#cursor !== null) await this.load(this.#filter);
    else this.#release();
    this.changed();
  }

  #release() {
    for (const { last, count } of this.held.values()) this.#show(last, count);
    this.held.clear();
    this.heldCount = 0;
  }

  #show(change, times) {
    const { alert } = change;
    const known = this.rows.get(alert.id);
    // What is on the screen stays there when it no longer is what was looked for: one sees what became of it.
    if (!known && !matches(alert, this.#filter)) return;
    if (change.kind === "opened" && !known) this.opened(alert);
    this.heard += times;
    const [mineral, stage] = alert.product.split("|");
    const beside = known?.alert ?? { workflow: { state: "open", comments: [] }, suppression: {} };
    this.#put({ ...beside, ...alert, mineral, stage }, change, times);
    this.live = [alert.id, ...this.live.filter((each) => each !== alert.id)];
    for (const id of this.live.splice(LIVE_MAX)) if (!this.page.includes(id)) this.rows.delete(id);
  }

  /** Show an alert as an action or a look at it has left it. */
  put(alert) {
    const known = this.rows.get(alert.id);
    if (!known) return;
    this.#put(alert, known.change);
    this.changed();
  }

  #put(alert, change, times = 0) {
    const known = this.rows.get(alert.id);
    this.rows.set(alert.id, { alert, change, times: (known?.times ?? 0) + times, version: (known?.version ?? 0) + 1 });
  }

  /** Return the rows in the order in which they are shown. */
  shown() {
    const above = new Set(this.live);
    return [...this.live, ...this.page.filter((id) => !above.has(id))].map((id) => this.rows.get(id)).filter(Boolean);
  }
}
