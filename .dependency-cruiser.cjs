// The direction of the arrows (ARCHITECTURE.md): core imports nothing local; every other
// folder imports core alone; cli, and main on top of it, may import them all.
const only = (from, allowed) => ({
  name: `${from}-imports`,
  severity: 'error',
  from: { path: `^src/${from}/` },
  to: { path: '^src/', pathNot: `^src/(${[from, ...allowed].join('|')})/` },
})

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    only('core', []),
    only('site', ['core']),
    only('lvs', ['core']),
    only('resources', ['core', 'lvs']),
    only('transport', ['core']),
    only('report', ['core']),
    only('run', ['core', 'site']),
    only('lab', ['core']),
    only('queue', ['core', 'site', 'run']),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
}
