// The plots of the admin's page of quality: uPlot over the figures in the page.

const plots = document.getElementById("plots");
const data = document.getElementById("quality-days");

/**
 * A canvas takes colours as they are computed, not as style sheets write them.
 * @param {HTMLElement} place @param {string} name a custom property of the admin's style sheet
 */
function colour(place, name) {
  place.style.color = `var(${name})`;
  const found = getComputedStyle(place).color;
  place.style.color = "";
  return found;
}

/**
 * @param {any} uPlot
 * @param {string} id
 * @param {Record<string, any>[]} days
 * @param {[string, string, string][]} lines label, field, colour
 */
function draw(uPlot, id, days, lines) {
  const place = document.getElementById(id);
  if (!place) return;
  const axis = { stroke: colour(place, "--body-fg"), grid: { stroke: colour(place, "--hairline-color") } };
  const options = {
    width: place.clientWidth,
    height: 220,
    axes: [axis, axis],
    scales: { y: { range: (/** @type {any} */ _, /** @type {number} */ low, /** @type {number} */ high) => [Math.min(0, low ?? 0), (high || 1) * 1.1] } },
    series: [{}, ...lines.map(([label, , stroke]) => ({ label, stroke, width: 2, points: { show: days.length < 60 } }))],
  };
  const times = days.map(({ day }) => Date.parse(`${day}T00:00:00Z`) / 1000);
  const plot = new uPlot(options, [times, ...lines.map(([, field]) => days.map((day) => day[field]))], place);
  addEventListener("resize", () => plot.setSize({ width: place.clientWidth, height: 220 }));
}

if (plots && data) {
  const days = JSON.parse(data.textContent ?? "[]");
  const { default: uPlot } = await import(/** @type {string} */ (plots.dataset.uplot));
  const [good, bad] = [colour(plots, "--link-fg"), colour(plots, "--delete-button-bg")];
  draw(uPlot, "plot-runs", days, [["Runs", "runs", good], ["Failed", "failed", bad]]);
  draw(uPlot, "plot-first", days, [["p50", "first_p50", good], ["p95", "first_p95", bad]]);
  draw(uPlot, "plot-total", days, [["p50", "total_p50", good], ["p95", "total_p95", bad]]);
}
