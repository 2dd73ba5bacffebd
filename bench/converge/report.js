// The results as a table in Markdown and as a plot.

export const TOOLS = {
  floor: 'ssh host true',
  script: 'ssh host sh',
  drPlay: 'dr-play',
  mitogen: 'Ansible with Mitogen',
  ansible: 'Ansible',
}

/** Every measured run, the quickest kind first. */
export function rowsOf({ results }) {
  return ['converged', 'first'].flatMap((kind) =>
    Object.keys(TOOLS).flatMap((tool) => {
      const run = results[tool]?.[kind]
      return run ? [{ tool, kind, ...run }] : []
    }),
  )
}

export function table(measured) {
  const head =
    '| hosts | run | wall time | of the floor | Ansible / this | CPU a host: here | both ends | processes |'
  const lines = measured.flatMap((one) => {
    const rows = rowsOf(one)
    return rows.map((row) => cells(one, row, rows)).map((all) => `| ${all.join(' | ')} |`)
  })
  return [head, '|---|---|---|---|---|---|---|---|', ...lines, ''].join('\n')
}

function cells({ count, results }, { tool, kind, seconds, cpu, all, forks }, rows) {
  const theirs = rows.find((row) => row.tool === 'ansible' && row.kind === kind)
  const own = tool === 'drPlay' && theirs ? times(theirs.seconds / seconds) : ''
  return [
    count,
    nameOf(tool, kind),
    `${seconds.toFixed(2)} s`,
    times(seconds / results.floor.converged.seconds),
    own,
    ...[cpu, all].map((each) => `${Math.round((each / count) * 1000)} ms`),
    forks ?? '',
  ]
}

const SCRIPTS = { converged: 'what dr-play asks', first: 'the first apply by hand' }

/** As the table and the plot call a run. */
export function nameOf(tool, kind) {
  if (tool === 'floor') return TOOLS.floor
  if (tool === 'script') return `${TOOLS.script}, ${SCRIPTS[kind]}`
  return `${TOOLS[tool]}, ${kind === 'first' ? 'first apply' : 'converged'}`
}

function times(ratio) {
  return ratio < 10 ? ratio.toFixed(2) : String(Math.round(ratio))
}
