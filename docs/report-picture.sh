#!/usr/bin/env bash
# Takes docs/report.png: the report page of the demo, at twice its size, without captions and with the first flagged rows only.
# It needs the command `kitsune` on the path and, on Debian: apt-get install chromium fonts-inter pngquant
set -euo pipefail
repository=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The page shows the paths of rows and model as they were typed.
cp -r "$repository/demo" "$work" && cd "$work"

kitsune train demo/train --quiet
kitsune score demo/test scores.csv --explain 3 --report page --quiet

# Both charts in one row take the form that the page has for small screens; each reason takes one line.
style='body { font-family: Inter, sans-serif; padding-top: 2rem; }
figcaption, .readout, .lead, .tools, .paging, .card caption, #flagged-table tbody tr:nth-child(n + 4) { display: none; }
h1 { margin-top: 0.75rem; }
h2 { margin: 1.75rem 0 0.75rem; }
.facts { margin: 1.25rem 0 0; }
section[aria-labelledby="scores"] { display: grid; grid-template-columns: 1fr 1fr; gap: 0 1.25rem; }
section[aria-labelledby="scores"] h2 { grid-column: 1 / -1; }
figure { margin: 0; }
.chart.wide { display: none; }
.chart.narrow { display: block; }
#flagged-table td.reasons { width: 64%; }
.reasons .what, .reasons .values { flex-basis: 10rem; }
.reasons .weight { flex-basis: 11rem; }'
page=$(<page/report.html)
printf '%s' "${page/<\/head>/<style>$style<\/style><\/head>}" > picture.html

# Without its sandbox, so that root can run it too: it opens nothing but this page.
chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --blink-settings=preferredColorScheme=1 \
    --force-device-scale-factor=2 --window-size=1120,1248 --screenshot=report.png "file://$work/picture.html" 2>/dev/null
pngquant --force --quality 60-95 --speed 1 --strip --output "$repository/docs/report.png" report.png
