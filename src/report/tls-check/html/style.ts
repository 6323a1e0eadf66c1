/** The look of the HTML report: system fonts, light and dark, printable, nothing fetched. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #59636e; --paper: #fff; --card: #f6f8fa; --line: #d8dee4;
  --good: #1a7f37; --warn: #9a6700; --bad: #cf222e; --link: #0969da; --code: #eff1f3; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --paper: #0d1117; --card: #151b23; --line: #3d444d;
  --good: #3fb950; --warn: #d29922; --bad: #f85149; --link: #4493f8; --code: #1c232c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 0; } h3 { font-size: 1rem; margin: 1.25rem 0 .5rem; }
a { color: var(--link); } .soft { color: var(--soft); } .good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
.chips { display: flex; flex-wrap: wrap; gap: .5rem; margin: .75rem 0 1.5rem; padding: 0; list-style: none; }
.chip { border: 1px solid var(--line); border-radius: 2rem; padding: .1rem .75rem; background: var(--card); }
.target { border: 1px solid var(--line); border-radius: .5rem; margin: 1rem 0; background: var(--card); }
.target > summary { cursor: pointer; padding: .75rem 1rem; display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center; }
.target > div { padding: 0 1rem 1rem; border-top: 1px solid var(--line); }
.grade { min-width: 2.4rem; text-align: center; font-weight: 700; border-radius: .35rem; padding: .1rem .5rem; border: 2px solid currentColor; }
.finding { border-left: 4px solid var(--line); padding: .35rem .75rem; margin: .5rem 0; background: var(--paper); border-radius: 0 .35rem .35rem 0; }
.finding.critical, .finding.high { border-color: var(--bad); } .finding.medium, .finding.low { border-color: var(--warn); }
.finding p { margin: .15rem 0; } .finding summary { cursor: pointer; color: var(--link); }
.severity { font-size: .8rem; font-weight: 700; text-transform: uppercase; letter-spacing: .03em; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; } th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; } th[scope=row] { white-space: nowrap; width: 11rem; color: var(--soft); font-weight: 500; }
td.figure { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code, pre { font: .88em/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; } pre { background: var(--code); border-radius: .35rem; padding: .6rem .75rem; white-space: pre-wrap; margin: .4rem 0; }
.scroll { overflow-x: auto; } footer { margin-top: 2rem; color: var(--soft); font-size: .9rem; }
@media print { body { max-width: none; } .target { break-inside: avoid; } }
`;
