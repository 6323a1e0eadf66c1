/** What the page of a check has beyond the style that all reports share. */
export const CHECK_STYLE = `
.target { border: 1px solid var(--line); border-radius: .5rem; margin: 1rem 0; background: var(--card); }
.target > summary { cursor: pointer; padding: .75rem 1rem; display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center; }
.target > div { padding: 0 1rem 1rem; border-top: 1px solid var(--line); }
.grade { min-width: 2.4rem; text-align: center; font-weight: 700; border-radius: .35rem; padding: .1rem .5rem; border: 2px solid currentColor; }
.finding { border-left: 4px solid var(--line); padding: .35rem .75rem; margin: .5rem 0; background: var(--paper); border-radius: 0 .35rem .35rem 0; }
.finding.critical, .finding.high { border-color: var(--bad); } .finding.medium, .finding.low { border-color: var(--warn); }
.finding p { margin: .15rem 0; } .finding summary { cursor: pointer; color: var(--link); }
.severity { font-size: .8rem; font-weight: 700; text-transform: uppercase; letter-spacing: .03em; }
@media print { .target { break-inside: avoid; } }
`;
