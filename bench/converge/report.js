// The results as a table in Markdown and as a plot.

export const TOOLS = {
  floor: 'ssh host true',
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
    '| hosts | run | wall time | of the floor | Ansible / this | CPU a host | processes a host |'
  const lines = measured.flatMap((one) => {
    const rows = rowsOf(one)
    return rows.map((row) => cells(one, row, rows)).map((all) => `| ${all.join(' | ')} |`)
  })
  return [head, '|---|---|---|---|---|---|---|', ...lines, ''].join('\n')
}

function cells({ count, results }, { tool, kind, seconds, cpu, forks }, rows) {
  const what = tool === 'floor' ? '' : kind === 'first' ? ', first apply' : ', converged'
  const theirs = rows.find((row) => row.tool === 'ansible' && row.kind === kind)
  const own = tool === 'drPlay' && theirs ? times(theirs.seconds / seconds) : ''
  return [
    count,
    `${TOOLS[tool]}${what}`,
    `${seconds.toFixed(2)} s`,
    times(seconds / results.floor.converged.seconds),
    own,
    `${Math.round((cpu / count) * 1000)} ms`,
    forks ?? '',
  ]
}

function times(ratio) {
  return ratio < 10 ? ratio.toFixed(2) : String(Math.round(ratio))
}
