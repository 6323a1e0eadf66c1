/**
 * What runs in the reader's browser: draws every chart of the data block `charts` with uPlot. Colours are those of the
 * style, so light, dark and print redraw; the size is that of the column. Charts over time share their cursor. A button of the
 * legend hides a line; a drag zooms, a double click shows all again.
 */
export const CHART_SCRIPT = `(() => {
"use strict";
const root = document.documentElement;
const ink = (name) => getComputedStyle(root).getPropertyValue("--" + name).trim();
const digits = (value) => Number(value.toPrecision(3));
const grouped = (value) => String(value).replace(/\\B(?=(\\d{3})+(?!\\d))/g, ",");
const clock = (value) => {
  const whole = Math.round(value);
  const two = (part) => String(part).padStart(2, "0");
  const hours = Math.floor(whole / 3600), minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? hours + ":" + two(minutes) + ":" + two(whole % 60) : minutes + ":" + two(whole % 60);
};
const scaled = (value) => value >= 1e6 ? digits(value / 1e6) + "M" : value >= 1e4 ? digits(value / 1e3) + "k" : grouped(digits(value));
const format = {
  us: (value) => value < 999.5 ? digits(value) + " us" : value < 999500 ? digits(value / 1e3) + " ms" : digits(value / 1e6) + " s",
  "per-second": (value) => scaled(value) + "/s",
  count: scaled,
  seconds: clock,
  share: (value) => digits(value * 100) + "%",
  whole: (value) => Number.isInteger(value) ? grouped(value) : "",
  percentile: (value) => {
    const share = 100 - 100 / value;
    return "p" + Number(share.toFixed(Math.max(0, Math.ceil(Math.log10(value)) - 1)));
  },
};
const PERCENTILES = [2, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8];
/** Labels that stand clear of each other, the first one first. */
const apart = (plot, low, high, values) => {
  const pixels = plot.width - 80, whole = Math.log(high / low);
  let last = -Infinity;
  return values.filter((value) => {
    const at = pixels * Math.log(value / low) / whole;
    if (at - last < 52) return false;
    last = at;
    return true;
  });
};
/** Decades; where there are few, steps between them too. */
const logSplits = (plot, at, low, high) => {
  const from = Math.floor(Math.log10(low)), to = Math.ceil(Math.log10(high));
  const decades = Math.log10(high / low);
  const steps = decades > 2.2 ? [1] : decades > 1 ? [1, 2, 5] : [1, 1.5, 2, 3, 5, 7];
  const all = [];
  for (let power = from; power <= to; power++) for (const step of steps) all.push(step * 10 ** power);
  return all.filter((value) => value >= low && value <= high);
};
const every = (plot, splits) => splits;
/** A log axis has no place for 0. */
const floor = (chart, value) => chart.logY && value !== null ? Math.max(value, 1) : value;
const range = (chart) => (plot, low, high) => {
  if (low === null || high === null) return chart.logY ? [1, 10] : [0, 1];
  if (chart.zoomed) {
    const room = (high - low) * 0.15 || high * 0.1 || (chart.yUnit === "share" ? 0.01 : 1);
    return [Math.max(0, low - room), high + room];
  }
  return chart.logY ? [Math.max(0.9, low * 0.8), Math.max(low * 2, high * 1.3)] : [0, high > 0 ? high * 1.08 : 1];
};
const height = (width) => Math.round(Math.min(300, Math.max(210, width * 0.42)));

function draw(chart) {
  const mount = document.getElementById(chart.id);
  const isSpectrum = chart.xUnit === "percentile";
  const axis = { stroke: () => ink("soft"), font: "12px system-ui, sans-serif",
    grid: { stroke: () => ink("line"), width: 1 }, ticks: { stroke: () => ink("line"), width: 1, size: 5 } };
  const texts = [];
  const plot = new uPlot({
    width: mount.clientWidth,
    height: height(mount.clientWidth),
    legend: { show: false },
    padding: [8, 12, 0, 0],
    cursor: Object.assign({ drag: { x: true, y: false } }, isSpectrum ? {} : { sync: { key: chart.xUnit } }),
    scales: {
      x: isSpectrum ? { time: false, distr: 3, range: (plot, low, high) => [low, Math.max(high, low * 2)] }
        : { time: false, range: (plot, low, high) => low === high ? [low - 0.5, high + 0.5] : [low, high] },
      y: { distr: chart.logY ? 3 : 1, range: range(chart) },
    },
    axes: [
      Object.assign({}, axis, { values: (plot, splits) => splits.map(format[chart.xUnit]), space: 56, size: 34 },
        isSpectrum ? { splits: (plot, at, low, high) => apart(plot, low, high, PERCENTILES.filter((value) => value >= low && value <= high)), filter: every }
          : { incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400] }),
      Object.assign({}, axis, { size: 62, space: 34, values: (plot, splits) => splits.map(format[chart.yUnit]) },
        chart.logY ? { splits: logSplits, filter: every } : {}),
    ],
    series: [{}].concat(chart.series.map((series) => ({
      label: series.label,
      stroke: () => ink(series.ink),
      fill: series.filled ? () => ink(series.ink) + "22" : undefined,
      width: 1.6,
      paths: series.dots ? () => null : series.stepped ? uPlot.paths.stepped({ align: 1 }) : undefined,
      dash: series.dashed ? [6, 4] : undefined,
      spanGaps: isSpectrum,
      points: series.dots ? { show: true, size: chart.x.length > 100 ? 4 : 9, fill: () => ink(series.ink) }
        : chart.x.length < 3 ? { show: true, size: 7 } : { show: false },
    }))),
    hooks: { setCursor: [(plot) => {
      const at = plot.cursor.idx;
      chart.series.forEach((series, index) => {
        const value = at === null || at === undefined ? null : series.values[at];
        texts[index].textContent = value === null || value === undefined ? "" : format[chart.yUnit](value);
      });
    }] },
  }, [chart.x].concat(chart.series.map((series) => series.values.map((value) => floor(chart, value)))), mount);

  const legend = document.createElement("ul");
  legend.className = "legend";
  chart.series.forEach((series, index) => {
    const item = document.createElement("li"), button = document.createElement("button"), line = document.createElement("i");
    const text = document.createElement("output");
    line.style.borderTopColor = "var(--" + series.ink + ")";
    if (series.dashed) line.className = "dashed";
    button.type = "button";
    button.setAttribute("aria-pressed", "true");
    button.append(line, series.label, text);
    button.addEventListener("click", () => {
      const shown = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(shown));
      plot.setSeries(index + 1, { show: shown });
    });
    texts.push(text);
    item.append(button);
    legend.append(item);
  });
  mount.after(legend);
  return { mount, plot };
}

const drawn = JSON.parse(document.getElementById("charts").textContent).map(draw);
const fit = ({ mount, plot }) => {
  const width = mount.clientWidth;
  if (width > 0 && width !== plot.width) plot.setSize({ width, height: height(width) });
};
const watch = new ResizeObserver(() => drawn.forEach(fit));
drawn.forEach(({ mount }) => watch.observe(mount));
const redraw = () => drawn.forEach(({ plot }) => plot.redraw(false));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
matchMedia("print").addEventListener("change", () => { drawn.forEach(fit); redraw(); });
})();
`;
