// Single keys, where nobody is typing.

const KEY = "floorwatch.keys";

export const keysOn = () => localStorage.getItem(KEY) !== "off";
export const setKeysOn = (on) => localStorage.setItem(KEY, on ? "on" : "off");

/** Call what a key stands for; keys in fields, with modifiers and under a dialog are left alone. */
export function listen(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]")) return;
    const typing = event.target.closest?.("input, textarea, select");
    if (typing) {
      if (event.key === "Escape") typing.blur();
      return;
    }
    const action = actions[event.key];
    if (!action || (event.key.length === 1 && !keysOn())) return;
    event.preventDefault();
    action();
  });
}
