// Asking the API, with the token of this tab.

const KEY = "floorwatch.token";
const PATIENCE_MS = 20_000;

// sessionStorage: gone with the tab, and never sent by the browser on its own as a cookie would be.
export const token = {
  get: () => sessionStorage.getItem(KEY),
  set: (text) => sessionStorage.setItem(KEY, text),
  clear: () => sessionStorage.removeItem(KEY),
};

/** What went wrong, in the server's words where it has any. */
export class ApiError extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || `the server answered ${status}`);
    this.status = status;
    this.problem = problem;
  }
}

export function headers(more = {}) {
  const held = token.get();
  return held ? { Authorization: `Bearer ${held}`, ...more } : more;
}

async function answered(path, options) {
  let answer;
  try {
    answer = await fetch(path, {
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...options,
    });
  } catch (error) {
    throw new ApiError(0, { detail: `the server does not answer (${error.message}): try again in a moment` });
  }
  if (answer.ok) return answer;
  let problem = {};
  try {
    problem = await answer.json();
  } catch { /* what is no problem+json has no words of its own */ }
  throw new ApiError(answer.status, problem);
}

/** Return the JSON at a path; parameters that are empty are left out. */
export async function ask(path, parameters = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== "" && value != null));
  const answer = await answered(query.size ? `${path}?${query}` : path, { headers: headers() });
  return answer.json();
}

/** Do something once: the same key again is the same action, so that a retry never does it twice. */
export async function act(path, body, { key, method = "POST" } = {}) {
  const answer = await answered(path, {
    method,
    headers: headers({ ...(body && { "Content-Type": "application/json" }), ...(key && { "Idempotency-Key": key }) }),
    body: body ? JSON.stringify(body) : undefined,
  });
  return answer.json();
}

/** Return a name for one action. */
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((each) => each.toString(16).padStart(2, "0")).join("");
}

/** Save what is at a path as a file: a link could not send the token. */
export async function download(path, name) {
  const answer = await answered(path, { headers: headers() });
  const address = URL.createObjectURL(await answer.blob());
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
