// Changes as they come: server-sent events over fetch, which unlike EventSource can send the token in a header.

import { headers } from "/console/api.js";

const SILENT_MS = 40_000; // The server says something every 15 s.
const WAITS_MS = [250, 500, 1000, 2000, 4000];

/** Reads events out of text as it comes. */
export class EventReader {
  lastId = "";
  #rest = "";
  #event = "";
  #data = [];

  /** Return the events that end within the text. */
  feed(text) {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop();
    return lines.map((line) => this.#line(line)).filter(Boolean);
  }

  #line(line) {
    if (!line) {
      const found = { event: this.#event || "message", data: this.#data.join("\n") };
      [this.#event, this.#data] = ["", []];
      return found;
    }
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#event = value;
    else if (name === "id") this.lastId = value;
    return null;
  }
}

/**
 * One subscription that goes on until it is stopped: a connection that ends is made again from its cursor.
 *
 * Tells `state(name, detail)` (connecting, live, behind, waiting, refused), `change(change)`, `gap(notice)`; `acted(subject)` and
 * `alive(instant)` are hints, which who was away is not told later: `back()` says that they were.
 */
export class Stream {
  #stop = null;
  #cursor = "";
  #away = false;

  constructor(hear) {
    this.hear = hear;
  }

  /** Begin anew: from now on, with a filter; resolves once it is said where that is. */
  start(parameters) {
    this.stop();
    this.#cursor = "";
    this.#away = false;
    const stop = new AbortController();
    this.#stop = stop;
    return new Promise((begun) => {
      void this.#run(new URLSearchParams(parameters), stop.signal, begun);
    });
  }

  stop() {
    this.#stop?.abort();
  }

  /** Try again at once, where it waits. */
  hurry() {
    this.wake?.();
  }

  async #run(query, stopped, begun) {
    for (let failures = 0; !stopped.aborted; failures += 1) {
      if (failures === 0) this.hear.state("connecting");
      try {
        await this.#read(query, stopped, () => { failures = 0; begun(); });
      } catch (error) {
        if (stopped.aborted) break;
        if (error.refused) {
          begun();
          this.hear.state("refused", error.refused);
          return;
        }
      }
      if (stopped.aborted) break;
      this.#away = true;
      begun(); // Whoever waits for it can read without it.
      const wait = WAITS_MS[Math.min(failures, WAITS_MS.length - 1)] * (0.75 + Math.random() / 2);
      this.hear.state("waiting", wait);
      await new Promise((done) => {
        const timer = setTimeout(done, wait);
        this.wake = () => { clearTimeout(timer); done(); };
      });
    }
  }

  async #read(query, stopped, begun) {
    const ours = new AbortController();
    const abort = () => ours.abort();
    stopped.addEventListener("abort", abort);
    let watchdog = setTimeout(abort, SILENT_MS);
    try {
      const answer = await fetch(query.size ? `/v1/alerts/stream?${query}` : "/v1/alerts/stream", {
        headers: headers(this.#cursor ? { "Last-Event-ID": this.#cursor } : {}),
        cache: "no-store",
        credentials: "omit",
        signal: ours.signal,
      });
      if ([400, 401, 403].includes(answer.status)) throw Object.assign(new Error("refused"), { refused: answer.status });
      if (!answer.ok) throw new Error(`the stream answered ${answer.status}`);
      const reader = new EventReader();
      reader.lastId = this.#cursor;
      const text = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { value, done } = await text.read();
        if (done) return;
        clearTimeout(watchdog);
        watchdog = setTimeout(abort, SILENT_MS);
        for (const each of reader.feed(value)) {
          this.#cursor = reader.lastId || this.#cursor;
          this.#tell(each, begun);
        }
      }
    } finally {
      clearTimeout(watchdog);
      stopped.removeEventListener("abort", abort);
    }
  }

  #tell({ event, data }, begun) {
    if (event === "hello") {
      begun();
      this.hear.state("live");
      if (this.#away) this.hear.back();
      this.#away = false;
    } else if (event === "change") {
      this.hear.state("live");
      this.hear.change(JSON.parse(data).data);
    } else if (event === "gap") {
      this.hear.gap(JSON.parse(data));
    } else if (event === "action") {
      this.hear.acted(JSON.parse(data).subject);
    } else if (event === "heartbeat") {
      this.hear.alive(JSON.parse(data).time);
    } else if (event === "behind") {
      this.hear.state("behind");
    }
  }
}
