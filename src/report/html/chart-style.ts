/** The look of charts: a figure fills its column, its legend is a row of buttons. */
export const CHART_STYLE = `
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); gap: 1rem; margin: 1rem 0; }
.chart { margin: 0; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); padding: .75rem 1rem; min-width: 0; }
.chart.wide { grid-column: 1 / -1; }
.chart h3 { margin: 0; } .chart p { margin: 0 0 .25rem; font-size: .88rem; }
.plot canvas { display: block; }
.legend { display: flex; flex-wrap: wrap; gap: .1rem .35rem; margin: .35rem 0 0; padding: 0; list-style: none; font-size: .85rem; }
.legend button { font: inherit; color: inherit; background: none; border: 1px solid transparent; border-radius: .3rem; padding: .1rem .4rem; cursor: pointer; white-space: nowrap; }
.legend button:hover, .legend button:focus-visible { border-color: var(--line); }
.legend button[aria-pressed=false] { text-decoration: line-through; color: var(--soft); }
.legend i { display: inline-block; width: 1rem; height: 0; border-top: 3px solid; margin-right: .4rem; vertical-align: middle; }
.legend i.dashed { border-top-style: dashed; }
.legend output { font-variant-numeric: tabular-nums; margin-left: .35rem; color: var(--soft); }
.u-select { background: color-mix(in srgb, var(--c1) 18%, transparent); }
@media print { .charts { display: block; } .chart { break-inside: avoid; margin-bottom: 1rem; } .legend output { display: none; } }
`;
