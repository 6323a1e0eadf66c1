/** The look that all HTML reports share: system fonts, light and dark, printable, nothing fetched. */
const LIGHT = `--ink: #1b1f24; --soft: #59636e; --paper: #fff; --card: #f6f8fa; --line: #d8dee4;
  --good: #1a7f37; --warn: #9a6700; --bad: #cf222e; --link: #0969da; --code: #eff1f3;
  --c1: #0969da; --c2: #1a7f37; --c3: #bc4c00; --c4: #8250df;`;

const DARK = `--ink: #e6edf3; --soft: #9198a1; --paper: #0d1117; --card: #151b23; --line: #3d444d;
  --good: #3fb950; --warn: #d29922; --bad: #f85149; --link: #4493f8; --code: #1c232c;
  --c1: #58a6ff; --c2: #3fb950; --c3: #f0883e; --c4: #bc8cff;`;

export const STYLE = `
:root { color-scheme: light dark; ${LIGHT} }
@media screen and (prefers-color-scheme: dark) { :root { ${DARK} } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 0; } h3 { font-size: 1rem; margin: 1.25rem 0 .5rem; }
a { color: var(--link); } .soft { color: var(--soft); } .good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
.chips { display: flex; flex-wrap: wrap; gap: .5rem; margin: .75rem 0 1.5rem; padding: 0; list-style: none; }
.chip { border: 1px solid var(--line); border-radius: 2rem; padding: .1rem .75rem; background: var(--card); }
table { border-collapse: collapse; width: 100%; font-size: .92rem; } th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; } th[scope=row] { white-space: nowrap; width: 11rem; color: var(--soft); font-weight: 500; }
td.figure, th.figure { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code, pre { font: .88em/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; } pre { background: var(--code); border-radius: .35rem; padding: .6rem .75rem; white-space: pre-wrap; margin: .4rem 0; }
.scroll { overflow-x: auto; } .scroll table { width: auto; min-width: min(100%, 32rem); } .scroll th, .scroll td { padding-right: 1rem; } .scroll th[scope=col] { overflow-wrap: normal; }
.scroll th[scope=row] { white-space: normal; width: auto; min-width: 7.5rem; max-width: 24rem; overflow-wrap: anywhere; } .scroll td { min-width: 3rem; } .scroll td.text { min-width: 9rem; } .scroll td > span { white-space: nowrap; }
footer { margin-top: 2rem; color: var(--soft); font-size: .9rem; }
@media (max-width: 40rem) { body { padding: 1rem; } th[scope=row] { width: 8rem; white-space: normal; overflow-wrap: normal; } .scroll th, .scroll td { padding-right: .6rem; } }
@media print { :root { color-scheme: light; } body { max-width: none; padding: 0; } }
`;
