"""Hold the style sheet of a report: one calm page, light or dark as the reader's system is, red up and green down."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root { color-scheme: light dark;
  --bg: #eef1f5; --panel: #ffffff; --raised: #f6f8fa; --line: #dfe5ec; --text: #17212e; --soft: #516072;
  --accent: #1f66d6; --second: #b54a00; --up: #d4242b; --down: #0a8550; --bad: #c8191f; --bad-wash: #ffe1e1;
  --good-wash: #e5f6ee; }
@media (prefers-color-scheme: dark) { :root {
  --bg: #0d1117; --panel: #141a22; --raised: #1a212b; --line: #262f3b; --text: #e4e9f0; --soft: #98a5b4;
  --accent: #4c93ff; --second: #f5893b; --up: #ff5c5c; --down: #2fc27f; --bad: #ff4d4f; --bad-wash: #3d171a;
  --good-wash: #11322a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--text); line-height: 1.55;
  font: 15px/1.55 "Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", system-ui, sans-serif;
  font-variant-numeric: tabular-nums; }
main { max-width: 1240px; margin: 0 auto; padding: 28px 20px 56px; }
h1 { font-size: 24px; margin: 0; letter-spacing: .02em; }
h2 { font-size: 17px; margin: 0 0 12px; }
h3 { font-size: 15px; margin: 18px 0 8px; }
p { margin: 4px 0; }
.soft { color: var(--soft); font-size: 13px; }
section { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px;
  margin-top: 16px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(240px, 1fr)); gap: 12px; margin-top: 18px; }
.tile { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 12px 14px; }
.tile b { display: block; font-size: 20px; font-weight: 600; white-space: nowrap; }
.tile > span { color: var(--soft); font-size: 13px; }
.verdict { display: inline-block; margin-top: 12px; padding: 5px 12px; border-radius: 999px; font-size: 13px;
  background: var(--good-wash); color: var(--down); }
.verdict.bad { background: var(--bad-wash); color: var(--bad); border-radius: 10px; display: block; }
.up { color: var(--up); } .down { color: var(--down); }
.legend { display: flex; gap: 18px; color: var(--soft); font-size: 13px; margin-bottom: 4px; flex-wrap: wrap; }
.legend i { display: inline-block; width: 18px; height: 3px; border-radius: 2px; vertical-align: middle;
  margin-right: 6px; background: currentColor; }
.legend .equity i { color: var(--accent); } .legend .balance i { color: var(--second); }
.legend .fall i { color: var(--down); }
svg { display: block; width: 100%; height: auto; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .axis { fill: var(--soft); font-size: 11px; }
svg path { fill: none; stroke-width: 1.6; stroke-linejoin: round; }
svg path.equity { stroke: var(--accent); } svg path.balance { stroke: var(--second); stroke-dasharray: 5 3; }
svg path.fall { stroke: var(--down); } svg path.fall.area { fill: var(--down); stroke: none; opacity: .18; }
svg rect.up { fill: var(--up); } svg rect.down { fill: var(--down); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th { color: var(--soft); font-weight: 500; text-align: right; border-bottom: 1px solid var(--line);
  padding: 6px 7px; word-break: keep-all; vertical-align: bottom; }
td { text-align: right; padding: 6px 7px; border-bottom: 1px solid var(--line); white-space: nowrap; }
tr:last-child td { border-bottom: 0; }
th.word, td.word { text-align: left; }
code { font: 12px/1.5 ui-monospace, "JetBrains Mono", Consolas, monospace; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; margin: 0; font-size: 13px; }
dt { color: var(--soft); } dd { margin: 0; }
details summary { cursor: pointer; color: var(--accent); font-size: 13px; margin-top: 10px; }
ul { margin: 6px 0 0; padding-left: 20px; }
@media print { body { background: #ffffff; } section, .tile { break-inside: avoid; } }
"""
