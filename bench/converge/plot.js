// Horizontal bars on a logarithmic scale: how many times the floor each run takes.
import { nameOf, rowsOf } from './report.js'

const COLOURS = {
  floor: '#8a8f98',
  script: '#5f9e6e',
  drPlay: '#1f77b4',
  mitogen: '#ff9f40',
  ansible: '#d9534f',
}
const [WIDTH, LEFT, RIGHT, BAR, GAP] = [760, 250, 70, 16, 6]

export function plot(measured) {
  const most = Math.max(...measured.flatMap((one) => rowsOf(one).map((row) => ratioOf(one, row))))
  // A run may also be faster than the floor.
  const decades = Math.ceil(Math.log10(most))
  const x = (ratio) => LEFT + ((Math.log10(ratio) + 0.3) / (decades + 0.3)) * (WIDTH - LEFT - RIGHT)
  const parts = []
  let y = 30
  for (const one of measured) {
    parts.push(text(10, y + 12, `${one.count} hosts`, 'font-weight="bold"'))
    y += 22
    for (const row of rowsOf(one)) {
      const ratio = ratioOf(one, row)
      parts.push(text(LEFT - 8, y + 12, nameOf(row.tool, row.kind), 'text-anchor="end"'))
      const opacity = row.kind === 'first' ? 0.55 : 1
      parts.push(
        `<rect x="${LEFT}" y="${y}" width="${(x(ratio) - LEFT).toFixed(1)}" height="${BAR}" fill="${COLOURS[row.tool]}" opacity="${opacity}"/>`,
        text(x(ratio) + 6, y + 12, ratio < 10 ? ratio.toFixed(2) : Math.round(ratio)),
      )
      y += BAR + GAP
    }
    y += 12
  }
  const grid = Array.from({ length: decades + 1 }, (_, i) => 10 ** i).flatMap((ratio) => [
    `<line x1="${x(ratio)}" x2="${x(ratio)}" y1="20" y2="${y}" stroke="#ccc"/>`,
    text(x(ratio), y + 14, `${ratio}`, 'text-anchor="middle"'),
  ])
  const height = y + 42
  const caption = 'wall time as a multiple of "ssh host true" on the same hosts, logarithmic'
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
${[...grid, ...parts, text(LEFT, height - 8, caption)].join('\n')}
</svg>
`
}

function ratioOf({ results }, { seconds }) {
  return seconds / results.floor.converged.seconds
}

function text(x, y, what, more = '') {
  return `<text x="${x}" y="${y}" fill="#222" ${more}>${what}</text>`
}
