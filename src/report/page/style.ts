import { colours } from '../charts/palette.ts';

const series = (shade: 'light' | 'dark') =>
  colours.map((colour, i) => `--series-${i}:${colour[shade]};`).join('');
const lightColours = `--page:#fff;--text:#1b1d21;--quiet:#5a606b;--line:#d9dce1;--box:#f5f6f8;--accent:#0072b2;--good:#00704f;--bad:#b34700;${series('light')}`;
const darkColours = `--page:#15171b;--text:#e6e8eb;--quiet:#a0a7b3;--line:#353a43;--box:#1e2127;--accent:#56b4e9;--good:#2fc79b;--bad:#f0a060;${series('dark')}`;

/** The page's style sheet: light and dark, wide and narrow, screen and paper. */
export const styleSheet = `
:root{color-scheme:light dark;${lightColours}}
@media screen and (prefers-color-scheme:dark){:root{${darkColours}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
main{max-width:1200px;margin:0 auto;padding:28px 20px 60px}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 4px}
h2{font-size:1.3rem;line-height:1.25;margin:48px 0 10px;padding-top:14px;border-top:1px solid var(--line)}
h3{font-size:1.05rem;margin:24px 0 8px}
p,ul{margin:0 0 10px;max-width:75ch}
a{color:var(--accent)}
.subtitle,.note,.missing,.legend,figcaption small,nav{color:var(--quiet);font-size:.875rem}
.missing{font-style:italic;font-size:.95rem}
nav{margin:14px 0 0}
nav a{margin-right:14px;display:inline-block}
.verdict{border:1px solid var(--line);border-left:5px solid var(--accent);background:var(--box);padding:16px 20px 8px;margin:20px 0;border-radius:4px}
.verdict p{max-width:none}
.verdict p:first-child{font-weight:600}
.scroll{overflow-x:auto}
.scroll:focus-visible{outline:2px solid var(--accent)}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums;overflow-wrap:normal}
.table{margin:0 0 20px}
.table figcaption{font-weight:400;font-size:.875rem;color:var(--quiet);max-width:95ch;margin-bottom:6px}
th,td{padding:5px 14px 5px 0;text-align:left;vertical-align:baseline;border-bottom:1px solid var(--line)}
th.number,td.number{text-align:right;white-space:nowrap}
tbody th{font-weight:600;white-space:nowrap}
thead th{color:var(--quiet);font-weight:600;vertical-align:bottom}
thead th.number{white-space:normal;overflow-wrap:normal}
tr.group>*{border-top:2px solid var(--line)}
.table td:not([class]){min-width:7em}
th.plot,td.plot{padding:0 14px 0 0;vertical-align:middle;width:244px}
thead th.plot{vertical-align:bottom;padding-bottom:1px}
.interval,.axis{display:block;width:230px;max-width:none;fill:var(--text);stroke:none}
.interval.primary{fill:var(--accent)}
.interval .line{stroke:var(--text);stroke-width:2}
.interval.primary .line{stroke:var(--accent);stroke-width:3}
.interval .rule,.axis .rule{stroke:var(--quiet);stroke-width:1}
.interval .rule{stroke-dasharray:2 2}
.axis text{fill:var(--quiet);font-size:11px;font-weight:400;text-anchor:middle}
.tag{font-size:.72rem;font-weight:600;color:var(--accent);border:1px solid var(--accent);border-radius:3px;padding:0 4px;white-space:nowrap}
.word{white-space:nowrap}
.word.supported{color:var(--good);font-weight:600}
.word.contradicted{color:var(--bad);font-weight:600}
.word.cannot_be_claimed{color:var(--quiet)}
td small{color:var(--quiet);font-weight:400;white-space:nowrap}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr));gap:26px 28px;margin:14px 0 18px}
figure{margin:0;min-width:0;break-inside:avoid}
.chart{max-width:560px}
figcaption{font-weight:600;margin-bottom:4px}
figcaption small{font-weight:400;display:block}
svg{max-width:100%}
.chart>svg{width:100%;height:auto;display:block;overflow:visible}
.panels{grid-column:1/-1}
.panel-grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,205px),1fr));gap:14px 14px;margin-top:8px}
.panel-grid figcaption{font-weight:400;font-size:.85rem;margin:0}
.from{color:var(--quiet);font-size:.8rem;margin-top:10px}
.legend{margin:2px 0 0;display:flex;flex-wrap:wrap;gap:2px 16px}
.key{display:inline-flex;align-items:center;gap:6px;color:var(--text)}
.swatch{width:14px;height:14px;border-radius:2px;border:1px solid var(--quiet)}
.heat{display:block;padding:0 4px;background:rgb(37 99 235 / calc(var(--share) * .6))}
.note{margin:4px 0 0}
.grids{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr));gap:30px 36px;margin:14px 0}
.pictures{width:100%;max-width:720px;table-layout:fixed}
.pictures th,.pictures td{border:0;padding:0 6px 10px 0;vertical-align:top;font-size:.8rem;color:var(--quiet);overflow-wrap:anywhere}
.pictures thead th{color:var(--text);font-size:.875rem;padding-bottom:4px}
.pictures .stem{font-weight:400;white-space:normal}
img{display:block;width:100%;height:auto;border-radius:2px;margin-bottom:2px;background:var(--box)}
.ranks{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,300px),1fr));gap:14px 28px;margin:0 0 20px}
.rank{display:grid;grid-template-columns:repeat(auto-fill,minmax(130px,1fr));gap:8px;font-size:.8rem;color:var(--quiet)}
.rank figcaption{font-weight:400;font-size:.8rem;margin:0}
h4{font-size:.9rem;margin:0 0 4px}
details{border:1px solid var(--line);border-radius:4px;padding:8px 14px;margin:0 0 10px}
details[open]{padding-bottom:14px}
summary{cursor:pointer;font-weight:600}
details>.table,details>p,details>pre{margin-top:10px}
pre{white-space:pre-wrap;background:var(--box);padding:10px 12px;border-radius:4px;font-size:.85rem;margin:0 0 10px}
code{font-size:.9em}
footer{margin-top:50px;color:var(--quiet);font-size:.8rem}
@media (max-width:600px){main{padding:18px 14px 40px}h1{font-size:1.4rem}.verdict{padding:12px 14px 4px}h2{margin-top:36px}.pictures thead th{font-size:.75rem;overflow-wrap:normal}}
@media print{nav{display:none}body{font-size:11pt}main{max-width:none;padding:0}.scroll{overflow:visible}table{font-size:7.5pt}th,td{padding:3px 8px 3px 0}h2,h3,h4{break-after:avoid}tr,.verdict{break-inside:avoid}details::details-content{content-visibility:visible;block-size:auto}img,svg{print-color-adjust:exact}}
`;
