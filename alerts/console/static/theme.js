// Light or dark, before anything is drawn: as the system says, or as was chosen here.
"use strict";

(() => {
  const KEY = "floorwatch.theme";
  const CHOICES = ["auto", "light", "dark"];
  const SIGNS = { auto: "◐", light: "☀", dark: "☾" };
  const WORDS = { auto: "as the system", light: "light", dark: "dark" };

  function chosen() {
    const kept = localStorage.getItem(KEY);
    return CHOICES.includes(kept) ? kept : "auto";
  }

  function apply() {
    const choice = chosen();
    if (choice === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
    const button = document.getElementById("theme");
    if (button) {
      button.textContent = SIGNS[choice];
      button.setAttribute("aria-label", `Colours: ${WORDS[choice]}`);
      button.title = button.getAttribute("aria-label");
    }
    document.dispatchEvent(new Event("floorwatch:theme"));
  }

  apply();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", () => {
    apply();
    document.getElementById("theme").addEventListener("click", () => {
      localStorage.setItem(KEY, CHOICES[(CHOICES.indexOf(chosen()) + 1) % CHOICES.length]);
      apply();
    });
  });
})();
