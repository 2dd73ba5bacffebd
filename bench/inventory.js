// How long it takes to read a large inventory and to resolve a pattern on it, and how much
// memory, next to ansible-inventory in the same run: node bench/inventory.js [HOSTS]
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const GROUPS = 200
const RUNS = 3
const PATTERN = 'site_1:&web_*:!~web_1\\d\\d'
const hosts = Number(process.argv[2] ?? 10_000)
const main = resolve(import.meta.dirname, '../dist/main.js')
const dir = mkdtempSync(join(tmpdir(), 'dr-play-bench-'))

/** A host has three variables, a group four in the inventory and four in group_vars. */
function writeInventories() {
  const groups = Array.from({ length: GROUPS }, (_, g) => `web_${g}`)
  const members = groups.map((_, g) =>
    Array.from({ length: Math.ceil(hosts / GROUPS) }, (_, i) => g + i * GROUPS).filter(
      (n) => n < hosts,
    ),
  )
  const hostVars = (n) => ({
    ansible_host: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`,
    weight: n % 9,
    rack: `r${n % 40}`,
  })
  const groupVars = (g) => ({ zone: `z${g}`, port: 8000 + g, enabled: true, tags: ['web', g] })
  const sites = [0, 1, 2, 3].map((site) => groups.filter((_, g) => g % 4 === site))
  const ini = groups.map((group, g) => {
    const lines = members[g].map((n) =>
      [`host${n}`, ...Object.entries(hostVars(n)).map(([k, v]) => `${k}=${v}`)].join(' '),
    )
    const vars = Object.entries(groupVars(g)).map(
      ([k, v]) => `${k}=${typeof v === 'object' ? JSON.stringify(v) : v}`,
    )
    return [`[${group}]`, ...lines, `[${group}:vars]`, ...vars].join('\n')
  })
  const parents = sites.map((own, site) => [`[site_${site}:children]`, ...own].join('\n'))
  write('ini/hosts', [...ini, ...parents, ''].join('\n'))
  const yaml = sites.map((own, site) => [
    `site_${site}:`,
    '  children:',
    ...own.flatMap((group) => {
      const g = groups.indexOf(group)
      const lines = members[g].map((n) => `        host${n}: ${JSON.stringify(hostVars(n))}`)
      const vars = Object.entries(groupVars(g)).map(
        ([k, v]) => `        ${k}: ${JSON.stringify(v)}`,
      )
      return [`    ${group}:`, '      vars:', ...vars, '      hosts:', ...lines]
    }),
  ])
  write('yaml/hosts.yml', `${yaml.flat().join('\n')}\n`)
  for (const form of ['ini', 'yaml']) {
    for (const group of groups) {
      write(
        `${form}/group_vars/${group}.yml`,
        `owner: team ${group}\nlimits: {soft: 10, hard: 20}\nlevel: 3\nnote: "of ${group}"\n`,
      )
    }
  }
}

function write(name, text) {
  mkdirSync(resolve(dir, name, '..'), { recursive: true })
  writeFileSync(join(dir, name), text)
}

/** The fastest of three runs: seconds, and the peak of its resident memory in MB. */
async function measure(command, ...args) {
  const runs = []
  // What takes long is run once: its spread is small beside it.
  while (runs.length < RUNS && !(runs[0]?.seconds > 10)) runs.push(await once(command, args))
  return runs.includes(undefined) ? undefined : runs.sort((a, b) => a.seconds - b.seconds)[0]
}

function once(command, args) {
  const begin = performance.now()
  const child = spawn(command, args, { cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] })
  let peak = 0
  const look = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
      peak = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? peak)
    } catch {
      // It has just ended.
    }
  }, 5)
  return new Promise((done) => {
    child.on('error', () => done(undefined))
    child.on('close', (exit) => {
      clearInterval(look)
      const seconds = (performance.now() - begin) / 1000
      done(exit === 0 ? { seconds, megabytes: peak / 1024 } : undefined)
    })
  })
}

const program = `
const { loadInventory } = await import(${JSON.stringify(resolve(main, '../site/load-inventory.js'))})
const { matchPattern } = await import(${JSON.stringify(resolve(main, '../site/patterns.js'))})
const loaded = loadInventory([process.argv[1]])
const hosts = matchPattern(${JSON.stringify(PATTERN)}, loaded.inventory)
for (const host of hosts) loaded.layers(host)
if (hosts.length === 0) throw new Error('the pattern matches nothing')
`

async function bench(source) {
  const node = (...args) => measure(process.execPath, ...args)
  const theirs = await measure('ansible-inventory', '-i', source, '--list')
  const theirPattern = await measure('ansible', '-i', source, PATTERN, '--list-hosts')
  return [
    [
      'read, resolve a pattern',
      await node('--input-type=module', '-e', program, source),
      theirPattern,
    ],
    ['dr-play inventory --list', await node(main, 'inventory', '-i', source, '--list'), theirs],
  ]
}

function row(what, form, ours, theirs) {
  const cell = (one) =>
    one ? `${one.seconds.toFixed(2)} s, ${Math.round(one.megabytes)} MB` : 'missing'
  const ratio = theirs
    ? `${(theirs.seconds / ours.seconds).toFixed(1)}, ${(theirs.megabytes / ours.megabytes).toFixed(1)}`
    : ''
  return `| ${what} | ${form} | ${cell(ours)} | ${cell(theirs)} | ${ratio} |`
}

writeInventories()
try {
  console.log(
    `${hosts} hosts, ${GROUPS} groups; ${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}\n`,
  )
  console.log('| | inventory | dr-play | Ansible | Ansible / dr-play |\n|---|---|---|---|---|')
  for (const [form, source] of [
    ['INI', 'ini/hosts'],
    ['YAML', 'yaml/hosts.yml'],
  ]) {
    for (const [what, ours, theirs] of await bench(source))
      console.log(row(what, form, ours, theirs))
  }
} finally {
  rmSync(dir, { recursive: true })
}
