/**
 * The live page of the admin listener: one self-contained document that asks `/stats` once a second and draws
 * rates from the differences. Nothing is loaded from elsewhere; it follows the system's light or dark theme.
 */
const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --line: #dde3ea; --back: #f7f9fb; --card: #fff;
  --accent: #0b6bcb; --good: #14804a; --bad: #c0392b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf2; --soft: #94a1b3; --line: #2b3544; --back: #10151d;
  --card: #18202b; --accent: #5aa9ff; --good: #4cc38a; --bad: #ff7b6b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
header { display: flex; flex-wrap: wrap; gap: .75rem; align-items: baseline; margin-bottom: 1rem; }
h1 { font-size: 1.25rem; margin: 0; } h2 { font-size: 1rem; margin: 0 0 .5rem; }
.soft { color: var(--soft); } .state { font-weight: 600; } .good { color: var(--good); } .bad { color: var(--bad); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(12rem, 45%), 1fr)); gap: .75rem; }
.card, section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .8rem 1rem; }
.card b { display: block; font-size: 1.45rem; font-variant-numeric: tabular-nums; }
section { margin-top: .75rem; overflow-x: auto; }
svg { display: block; width: 100%; height: 7rem; border-bottom: 1px solid var(--line); }
h2 span { float: right; font-weight: 400; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .25rem .6rem; border-top: 1px solid var(--line); white-space: nowrap; }
th { color: var(--soft); font-weight: 500; border-top: 0; } th:first-child, td:first-child { text-align: left; }
a { color: var(--accent); }
`;

const SCRIPT = `
const $ = (id) => document.getElementById(id);
const number = (value) => value >= 100 ? Math.round(value).toLocaleString("en") : String(+value.toFixed(value >= 10 ? 1 : 2));
const scaled = (value, units, step) => { let at = 0; while (value >= step && at < units.length - 1) { value /= step; at++; } return number(value) + " " + units[at]; };
const bytes = (value) => scaled(value, ["B", "kB", "MB", "GB", "TB"], 1000);
const micros = (value) => value === null ? "-" : scaled(value, ["us", "ms", "s"], 1000);
const uptime = (s) => s < 60 ? Math.floor(s) + " s" : s < 3600 ? Math.floor(s / 60) + " min" : Math.floor(s / 3600) + " h " + Math.floor(s % 3600 / 60) + " min";
const rates = [];
let last;
function row(cells) { const tr = document.createElement("tr"); for (const cell of cells) { const td = document.createElement("td"); td.textContent = cell; tr.append(td); } return tr; }
function fill(id, rows, none) { $(id).replaceChildren(...(rows.length ? rows.map(row) : [row([none])])); }
function draw() {
  const top = Math.max(1, ...rates), width = 120;
  const points = rates.map((rate, at) => ((width - rates.length + at) * 5) + "," + (98 - 92 * rate / top).toFixed(1));
  $("line").setAttribute("points", points.join(" "));
  $("area").setAttribute("points", (width - rates.length) * 5 + ",98 " + points.join(" ") + " " + (width - 1) * 5 + ",98"); $("peak").textContent = "peak " + number(top) + "/s";
}
function show(s) {
  const now = performance.now(), seconds = last ? (now - last.now) / 1000 : 1, before = last ? last.s : s;
  const rate = Math.max(0, s.requests.total - before.requests.total) / seconds;
  if (last) { rates.push(rate); if (rates.length > 120) rates.shift(); draw(); }
  const cpu = Math.max(0, s.process.cpuSeconds - before.process.cpuSeconds) / seconds * 100;
  $("state").textContent = s.state; $("state").className = "state " + (s.state === "serving" ? "good" : "bad");
  $("about").textContent = "netkit " + s.version + ", up " + uptime(s.uptimeSeconds) + ", " + s.listeners.map((l) => l.url).join("  ");
  $("total").textContent = number(s.requests.total); $("memory").textContent = bytes(s.process.residentBytes);
  $("flight").textContent = number(s.requests.inFlight); $("open").textContent = number(s.connections.open);
  // A rate needs two looks at the server.
  if (last) {
    $("rate").textContent = number(rate) + "/s"; $("cpu").textContent = number(cpu) + " %";
    $("in").textContent = bytes((s.bytes.received - before.bytes.received) / seconds) + "/s";
    $("out").textContent = bytes((s.bytes.sent - before.bytes.sent) / seconds) + "/s";
  }
  fill("routes", s.routes.map((r) => [r.route, number(r.requests), Object.entries(r.statuses).map(([k, v]) => k + " " + number(v)).join(", "), micros(r.latency.p50), micros(r.latency.p99), micros(r.latency.max)]), "no request yet");
  const refused = s.connections.refused ? [["connections", "limit", number(s.connections.refused)]] : [];
  fill("limits", [...refused, ...Object.entries(s.limits).map(([k, v]) => [k, "limit", number(v)]), ...Object.entries(s.violations).map(([k, v]) => [k, "violation", number(v)])], "nobody was turned away");
  last = { now, s };
}
async function turn() {
  try { const response = await fetch("stats", { cache: "no-store" }); if (!response.ok) throw new Error(response.status); show(await response.json()); }
  catch { $("state").textContent = "not reachable"; $("state").className = "state bad"; }
  setTimeout(turn, 1000);
}
turn();
`;

function card(id: string, label: string): string {
  return `<div class="card"><span class="soft">${label}</span><b id="${id}">-</b></div>`;
}

export const DASHBOARD_HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>netkit serve</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<header><h1>netkit serve</h1><span id="state" class="state">…</span><span id="about" class="soft"></span></header>
<div class="cards">
${card("rate", "requests")}${card("total", "requests in all")}${card("flight", "in flight")}${card("open", "connections")}
${card("in", "received")}${card("out", "sent")}${card("cpu", "processor")}${card("memory", "resident memory")}
</div>
<section><h2>Requests a second, last two minutes <span id="peak" class="soft"></span></h2>
<svg viewBox="0 0 600 100" preserveAspectRatio="none" role="img" aria-label="requests a second">
<polygon id="area" fill="var(--accent)" fill-opacity=".12"/>
<polyline id="line" fill="none" stroke="var(--accent)" stroke-width="2" vector-effect="non-scaling-stroke"/></svg></section>
<section><h2>Routes</h2><table><thead><tr><th>route</th><th>requests</th><th>statuses</th><th>p50</th><th>p99</th><th>max</th></tr></thead><tbody id="routes"></tbody></table></section>
<section><h2>Turned away</h2><table><thead><tr><th>why</th><th>kind</th><th>count</th></tr></thead><tbody id="limits"></tbody></table></section>
<p class="soft"><a href="metrics">Prometheus metrics</a> · <a href="stats">figures as JSON</a> · <a href="readyz">readiness</a></p>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
