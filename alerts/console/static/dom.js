// Elements made of data: whatever is given as a child is text, never markup.

/**
 * Return a new element. Attributes that are null or false are left out; a function is a listener of the event it is
 * named after. Children are nodes, lists of them, or text.
 */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") made.addEventListener(name, value);
    else if (name === "data") Object.assign(made.dataset, value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  append(made, children);
  return made;
}

function append(parent, children) {
  for (const child of children) {
    if (Array.isArray(child)) append(parent, child);
    else if (child instanceof Node) parent.append(child);
    else if (child !== null && child !== undefined && child !== false) parent.append(String(child));
  }
}

/** Return a button. */
export function button(label, click, attributes = {}) {
  return el("button", { type: "button", click, ...attributes }, label);
}

/** Say something to whoever listens instead of looking. */
export function announce(text) {
  const place = document.getElementById("announcer");
  place.textContent = "";
  // A text that is put back in the same turn is not heard as a new one.
  requestAnimationFrame(() => { place.textContent = text; });
}

/** Show a notice for a while; mistakes stay until they are put away. */
export function notice(text, { bad = false } = {}) {
  const shown = el("div", { class: bad ? "notice bad" : "notice" }, el("span", {}, text),
    button("✕", () => shown.remove(), { class: "quiet", "aria-label": "Put this notice away" }));
  document.getElementById("notices").append(shown);
  if (!bad) setTimeout(() => shown.remove(), 5000);
}

/** Bring a list of keyed nodes into the parent in their order, moving only what is not in its place. */
export function arrange(parent, nodes) {
  const wanted = new Set(nodes);
  for (const node of [...parent.children]) if (!wanted.has(node)) node.remove();
  let place = parent.firstElementChild;
  for (const node of nodes) {
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
  }
}
