// Draws the charts of the page, and draws them anew to the width of the paper when the page is printed.
"use strict";
(() => {
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const places = [...document.querySelectorAll("[data-chart]")];
  const choices = { displayModeBar: false, responsive: true, doubleClick: false };
  const paperWidth = 680; // CSS pixels between the margins of an A4 page.
  for (const place of places) {
    const chart = charts[place.dataset.chart];
    Plotly.newPlot(place, chart.data, chart.layout, choices);
  }
  document.documentElement.dataset.drawn = String(document.querySelectorAll("[data-chart] .main-svg").length > 0);
  const opened = [];
  addEventListener("beforeprint", () => {
    for (const place of places) Plotly.relayout(place, { autosize: false, width: paperWidth });
    for (const each of document.querySelectorAll("details.print:not([open])")) {
      each.open = true;
      opened.push(each);
    }
  });
  addEventListener("afterprint", () => {
    for (const place of places) Plotly.relayout(place, { autosize: true, width: null });
    for (const each of opened.splice(0)) each.open = false;
  });
})();
