import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, describe, expect, it } from 'vitest'
import { allRules, rulesTable } from '../../src/cli/lint-rules.js'
import { drPlay } from '../support/command-line.js'

const ROOT = resolve(import.meta.dirname, '../..')
const EXAMPLE = join(ROOT, 'inventory.example.ini')
const WALK_THROUGH = join(import.meta.dirname, 'walk-through.ini')

const folder = mkdtempSync(join(tmpdir(), 'dr-play-lint-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Writes files into a folder of their own. @returns how to name them */
function write(files: Readonly<Record<string, string>>): (name: string) => string {
  const own = mkdtempSync(join(folder, 'site-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(own, name)), { recursive: true })
    writeFileSync(join(own, name), text)
  }
  return (name) => join(own, name)
}

interface JsonFinding {
  rule: string
  severity: string
  file?: string
  line?: number
  col?: number
  message: string
  hint: string
}

async function lintJson(...args: string[]) {
  const { exit, stdout } = await drPlay('lint', '-o', 'json', ...args)
  const report = JSON.parse(stdout) as {
    findings: JsonFinding[]
    errors: number
    warnings: number
  }
  const places = report.findings.map(({ rule, file = '', line, col }) => {
    return `${rule} ${file.replace(/.*\/site-\w+\//, '')}:${line}:${col}`
  })
  return { exit, places, ...report }
}

const HOSTS = `[director]
director ansible_host=192.168.139.3
[realserver]
rs1 ansible_host=192.168.139.2 weight=1
rs2 ansible_host=192.168.139.4 weight=2
`
const ALL = `${HOSTS}[all:vars]
vip=192.168.139.6
`

describe('dr-play lint', () => {
  it('finds nothing in the example', async () => {
    expect(await drPlay('lint', '-i', EXAMPLE)).toEqual({
      exit: 0,
      stdout: 'no findings\n',
      stderr: '',
    })
  })

  it('finds each error of the published walk-through, by name and place, in one run', async () => {
    const { exit, findings, errors, warnings } = await lintJson('-i', WALK_THROUGH)
    expect(findings.map(({ rule, severity, line, col }) => [rule, severity, line, col])).toEqual([
      ['lvs/dip-is-a-rip', 'error', 6, 23],
      ['lvs/mask-not-contiguous', 'error', 14, 9],
      ['lvs/forwarding-not-dr', 'error', 16, 12],
    ])
    expect({ exit, errors, warnings }).toEqual({ exit: 1, errors: 3, warnings: 0 })
  })

  it('shows the line with a caret, what, and what to do', async () => {
    const site = write({ hosts: `${ALL}scheduler=wlcc\n` })
    const { exit, stdout } = await drPlay('lint', '-i', site('hosts'))
    expect(stdout).toBe(
      `error: ${site('hosts')}:8:11: unknown scheduler "wlcc" [lvs/unknown-scheduler]
  8 | scheduler=wlcc
                ^
  did you mean "wlc"?

1 error
`,
    )
    expect(exit).toBe(1)
  })

  it.each([
    ['errors', ['-e', 'scheduler=no'], 1],
    ['warnings', ['-e', 'scheduler=rr'], 0],
    ['warnings under --strict', ['-e', 'scheduler=rr', '--strict'], 1],
    ['nothing under --strict', ['--strict'], 0],
  ])('exit code of %s', async (_, args, exit) => {
    expect((await drPlay('lint', '-i', EXAMPLE, ...args)).exit).toBe(exit)
  })

  it('counts errors and warnings apart', async () => {
    const { stdout } = await drPlay('lint', '-i', EXAMPLE, '-e', 'scheduler=rr vip=1')
    expect(stdout).toMatch(/\n1 error, 1 warning\n$/)
  })

  it('points at the place that set a value, wherever that is', async () => {
    const site = write({
      hosts: HOSTS,
      'group_vars/all.yml': 'vip: 192.168.139.6\n',
      'group_vars/director.yml': '# the director\nscheduler:   wlcc\n',
      'host_vars/rs2.yml': 'weight: -2\n',
    })
    const { places } = await lintJson('-i', site('hosts'), '-e', 'forwarding=nat')
    expect(places).toEqual([
      'lvs/forwarding-not-dr -e forwarding=nat:1:1',
      'lvs/unknown-scheduler group_vars/director.yml:2:14',
      'lvs/weight-invalid host_vars/rs2.yml:1:9',
    ])
  })

  it('takes the strongest value: -e over the inventory, a play over both defaults and groups', async () => {
    const site = write({
      hosts: `${ALL}scheduler=wlcc\n`,
      'play.yml': '- hosts: director\n  vars:\n    scheduler: nope\n  roles: [director]\n',
    })
    expect((await lintJson('-i', site('hosts'), '-e', 'scheduler=wlc')).places).toEqual([])
    const { places } = await lintJson(site('play.yml'), '-i', site('hosts'))
    expect(places).toEqual(['lvs/unknown-scheduler play.yml:3:16'])
  })

  it('renders a value before it judges it, and leaves to the host what only the host knows', async () => {
    const site = write({
      hosts: HOSTS,
      'group_vars/all.yml': 'net: 192.168.139\nvip: "{{ net }}.3"\n',
      'host_vars/rs1.yml': 'rip: "{{ ansible_hostname }}"\n',
    })
    expect((await lintJson('-i', site('hosts'))).places).toEqual(['lvs/vip-is-a-dip hosts:2:23'])
  })

  it('tells slips in playbook, inventory, template and cluster in one run', async () => {
    const site = write({
      hosts: `${ALL}scheduler=wlcc\n`,
      'play.yml': `- hosts: director
  roles: [director]
  tasks:
    - template: {src: motd, dest: /etc/motd}
- hosts: rs3
  tasks:
    - comand: "true"
`,
      'templates/motd.hbs': '{{inventory_hostnme}}\n',
    })
    const { places } = await lintJson(site('play.yml'), '-i', site('hosts'))
    expect(places).toEqual(['lvs/unknown-scheduler hosts:8:11', 'input/playbook play.yml:7:7'])
  })

  it.each<[string, string[], string]>([
    ['a misspelt variable', ['hosts'], 'input/inventory hosts:4:39'],
    ['a template', ['hosts', 'play.yml'], 'input/template templates/motd.hbs:1:3'],
    ['an unknown host in --limit', ['hosts', '-l', 'rs9'], 'input/command-line --limit:1:1'],
    ['an -e that is no assignment', ['hosts', '-e', 'x'], 'input/command-line -e x:1:1'],
  ])('%s has its rule', async (_, [hosts, ...args], place) => {
    const site = write({
      hosts: place.startsWith('input/inventory') ? ALL.replace('weight', 'wieght') : ALL,
      'play.yml': '- hosts: all\n  tasks:\n    - template: {src: motd, dest: /etc/motd}\n',
      'templates/motd.hbs': '{{inventory_hostnme}}\n',
    })
    const paths = args.map((arg) => (arg === 'play.yml' ? site(arg) : arg))
    const { exit, places } = await lintJson('-i', site(hosts!), ...paths)
    expect(places).toContain(place)
    expect(exit).toBe(1)
  })

  it('says once what a role or a play says too', async () => {
    const misspelt = write({ hosts: ALL.replaceAll('realserver', 'realservers') })
    expect((await lintJson('-i', misspelt('hosts'))).places).toEqual(['lvs/group-name hosts:3:1'])
    const bare = write({ hosts: HOSTS })
    expect((await lintJson('-i', bare('hosts'))).places).toEqual(['lvs/vip-missing hosts:2:1'])
    const wrong = write({ hosts: `${ALL}vip_prefix=255.255.255.255\n` })
    expect((await lintJson('-i', wrong('hosts'))).places).toEqual([
      'lvs/mask-for-prefix hosts:8:12',
    ])
  })

  it('looks at the whole cluster under --limit', async () => {
    const { places } = await lintJson('-i', WALK_THROUGH, '-l', 'rs2')
    expect(places.map((place) => place.split(' ')[0])).toContain('lvs/dip-is-a-rip')
  })

  it('only warns of a cluster that the playbook does not set up', async () => {
    const site = write({ 'play.yml': '- hosts: all\n  tasks:\n    - command: "true"\n' })
    const { exit, errors, warnings } = await lintJson(site('play.yml'), '-i', WALK_THROUGH)
    expect({ exit, errors, warnings }).toEqual({ exit: 0, errors: 0, warnings: 2 })
    const web = write({ hosts: '[web]\nweb1\n' })
    expect((await lintJson(site('play.yml'), '-i', web('hosts'))).findings).toEqual([])
  })

  it('needs an inventory', async () => {
    const { exit, stderr } = await drPlay('lint')
    expect(stderr).toContain('no inventory is given')
    expect(exit).toBe(1)
  })
})

describe('a run', () => {
  it('ends before it begins when the cluster cannot work', async () => {
    const { exit, stdout, stderr } = await drPlay('site.yml', '--list-hosts', '-i', WALK_THROUGH)
    for (const rule of ['dip-is-a-rip', 'mask-not-contiguous', 'forwarding-not-dr'])
      expect(stderr).toContain(`[lvs/${rule}]`)
    expect(stderr).toContain('3 errors; no host was contacted')
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' })
  })

  it('goes on with mere warnings, and with a playbook of other things', async () => {
    const list = (...args: string[]) => drPlay('--list-hosts', ...args)
    const site = write({ 'play.yml': '- hosts: all\n  tasks:\n    - command: "true"\n' })
    expect(await list('site.yml', '-i', EXAMPLE, '-e', 'scheduler=rr')).toMatchObject({
      exit: 0,
      stderr: '',
    })
    expect(await list(site('play.yml'), '-i', WALK_THROUGH)).toMatchObject({ exit: 0, stderr: '' })
  })

  it('lets a whole cluster be drained', async () => {
    const drained = write({ hosts: ALL.replaceAll(/weight=\d/g, 'weight=0') })('hosts')
    expect(await lintJson('site.yml', '-i', drained)).toMatchObject({
      exit: 0,
      warnings: 1,
      places: [expect.stringMatching(/^lvs\/all-weights-zero .*hosts:4:/)],
    })
    const { exit, stderr } = await drPlay('site.yml', '--list-hosts', '-i', drained)
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
  })
})

describe('SARIF', () => {
  const text = {
    type: 'object',
    required: ['text'],
    properties: { text: { type: 'string', minLength: 1 } },
  }
  const level = { enum: ['error', 'warning'] }
  /** What SARIF 2.1.0 demands of the parts that we write. */
  const schema = {
    type: 'object',
    required: ['version', 'runs'],
    additionalProperties: false,
    properties: {
      $schema: { type: 'string' },
      version: { const: '2.1.0' },
      runs: {
        type: 'array',
        minItems: 1,
        items: {
          type: 'object',
          required: ['tool', 'results'],
          properties: {
            tool: {
              type: 'object',
              required: ['driver'],
              properties: {
                driver: {
                  type: 'object',
                  required: ['name', 'version', 'rules'],
                  properties: {
                    name: { const: 'dr-play' },
                    rules: {
                      type: 'array',
                      uniqueItems: true,
                      items: {
                        type: 'object',
                        required: ['id', 'shortDescription', 'help', 'defaultConfiguration'],
                        properties: {
                          id: { type: 'string', pattern: '^(lvs|input)/[a-z0-9-]+$' },
                          shortDescription: text,
                          fullDescription: text,
                          help: text,
                          defaultConfiguration: { type: 'object', properties: { level } },
                        },
                      },
                    },
                  },
                },
              },
            },
            results: {
              type: 'array',
              items: {
                type: 'object',
                required: ['ruleId', 'ruleIndex', 'level', 'message', 'locations'],
                additionalProperties: false,
                properties: {
                  ruleId: { type: 'string' },
                  ruleIndex: { type: 'integer', minimum: 0 },
                  level,
                  message: text,
                  locations: {
                    type: 'array',
                    items: {
                      type: 'object',
                      minProperties: 1,
                      additionalProperties: false,
                      properties: {
                        logicalLocations: { type: 'array', minItems: 1 },
                        physicalLocation: {
                          type: 'object',
                          required: ['artifactLocation', 'region'],
                          properties: {
                            artifactLocation: {
                              type: 'object',
                              required: ['uri'],
                              properties: { uri: { type: 'string', pattern: '^[^ \\\\]+$' } },
                            },
                            region: {
                              type: 'object',
                              required: ['startLine'],
                              properties: {
                                startLine: { type: 'integer', minimum: 1 },
                                startColumn: { type: 'integer', minimum: 1 },
                              },
                            },
                          },
                        },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  }

  interface Log {
    runs: [
      {
        tool: { driver: { rules: { id: string }[] } }
        results: {
          ruleId: string
          ruleIndex: number
          locations: {
            physicalLocation?: {
              artifactLocation: { uri: string }
              region: { startLine: number; startColumn: number }
            }
            logicalLocations?: { fullyQualifiedName: string }[]
          }[]
        }[]
      },
    ]
  }
  const validate = new Ajv2020().compile(schema)
  const sarif = async (...args: string[]) => {
    const { stdout } = await drPlay('lint', '-o', 'sarif', ...args)
    const log = JSON.parse(stdout) as Log
    expect(validate(log), JSON.stringify(validate.errors)).toBe(true)
    return log.runs[0]
  }

  it('is a valid log of one run, with or without results', async () => {
    expect((await sarif('-i', EXAMPLE)).results).toEqual([])
    const { tool, results } = await sarif('-i', WALK_THROUGH)
    expect(results).toHaveLength(3)
    for (const { ruleId, ruleIndex } of results)
      expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId)
  })

  it('names every rule', async () => {
    const { tool } = await sarif('-i', EXAMPLE)
    expect(tool.driver.rules.map(({ id }) => id)).toEqual(allRules.map(({ id }) => id))
  })

  it('names a file as it was given, and by a URI when that is absolute', async () => {
    const uris = async (path: string) =>
      (await sarif('-i', path)).results.map(
        ({ locations }) => locations[0]?.physicalLocation?.artifactLocation.uri,
      )
    expect((await uris('./test/cli/walk-through.ini'))[0]).toBe('test/cli/walk-through.ini')
    const site = write({ 'my hosts': `${ALL}scheduler=wlcc\n` })
    expect(await uris(site('my hosts'))).toEqual([
      expect.stringMatching(/^file:\/\/\/.*my%20hosts$/),
    ])
  })

  it('has the line and column, and the option where there is no file', async () => {
    const { results } = await sarif('-i', EXAMPLE, '-e', 'scheduler=wlcc')
    expect(results[0]?.locations).toEqual([
      { logicalLocations: [{ fullyQualifiedName: '-e scheduler=wlcc' }] },
    ])
    const [first] = (await sarif('-i', WALK_THROUGH)).results
    expect(first?.locations[0]?.physicalLocation?.region).toEqual({ startLine: 6, startColumn: 23 })
  })
})

describe('the rules', () => {
  it('are told by --list-rules, and docs/lint.md has that very table', async () => {
    const { exit, stdout } = await drPlay('lint', '--list-rules')
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: rulesTable() })
    const page = readFileSync(join(ROOT, 'docs/lint.md'), 'utf8')
    expect(page).toContain(`\n\n${rulesTable()}\n`)
    const named = [...page.matchAll(/`((?:lvs|input)\/[^`]+)`/g)].map(([, id]) => id)
    expect([...new Set(named)].sort()).toEqual(allRules.map(({ id }) => id).sort())
  })
})
