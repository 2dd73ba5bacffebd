import { type ImportedCluster, noteText, type SharedNote } from './cluster.js'
import type { ImportedHost } from './hosts.js'
import { prefixEntries, scalar, type Variables, variablesOf } from './variables.js'
import { type Entry, type Line, sourceOf, yamlLines } from './yaml-lines.js'

/** A file of the result. */
export interface ImportedFile {
  name: string
  lines: Line[]
}

/** The whole cluster as one inventory. */
export function inventoryFile(cluster: ImportedCluster): ImportedFile {
  const variables = variablesOf(cluster)
  const { all, director, realserver } = variables
  const groups = groupEntries(cluster, variables, { director, realserver })
  const entries = [...varsOf(all), { key: 'children', value: { entries: groups } }]
  return file('inventory.yml', cluster, [{ key: 'all', value: { entries } }])
}

/** The same with the variables of groups in files of their own, and a playbook. */
export function inventoryFolder(cluster: ImportedCluster): ImportedFile[] {
  const variables = variablesOf(cluster)
  const { all, director, realserver } = variables
  const groups = groupEntries(cluster, variables, { director: [], realserver: [] })
  const more = { all, director, realserver }
  return [
    file('inventory.yml', cluster, groups),
    ...Object.entries(more)
      .filter(([, entries]) => entries.length > 0)
      .map(([name, entries]) => ({ name: `group_vars/${name}.yml`, lines: yamlLines(entries) })),
    {
      name: 'site.yml',
      lines: PLAYBOOK.trimEnd()
        .split('\n')
        .map((text) => ({ text })),
    },
  ]
}

/** What serves on the real servers no file tells: it is left as it is. */
const PLAYBOOK = `# The cluster, but for what serves on the real servers: that stays as it is.
- name: real servers
  hosts: realserver
  roles:
    - realserver

- name: director
  hosts: director
  roles:
    - director
`

function groupEntries(
  { directors, realServers }: ImportedCluster,
  { host }: Variables,
  vars: { director: Entry[]; realserver: Entry[] },
): Entry[] {
  const group = (key: string, hosts: Entry[], own: Entry[]): Entry => ({
    key,
    value: { entries: [{ key: 'hosts', value: { entries: hosts } }, ...varsOf(own)] },
  })
  return [
    group(
      'director',
      directors.map((each) => hostEntry(each, [])),
      vars.director,
    ),
    group(
      'realserver',
      realServers.map((each) => {
        const director = directors.find(({ name }) => name === each.name)
        return hostEntry(each, host(each.address), director)
      }),
      vars.realserver,
    ),
  ]
}

/** A host that is a director, too, is reached as such: what else is its RIP is said apart. */
function hostEntry(
  { name, address, prefix, at }: ImportedHost,
  more: Entry[],
  director?: ImportedHost,
): Entry {
  const isKnown = address === undefined || address === director?.address
  const own = isKnown ? [] : [scalar(director ? 'rip' : 'ansible_host', address, at)]
  const entries = [...own, ...prefixEntries('own', { prefix, at }), ...more]
  return { key: name, value: entries.length > 0 ? { entries } : undefined }
}

function varsOf(entries: Entry[]): Entry[] {
  return entries.length > 0 ? [{ key: 'vars', value: { entries } }] : []
}

function file(name: string, { notes }: ImportedCluster, entries: Entry[]): ImportedFile {
  return { name, lines: [...notes.flatMap(noteLines), ...yamlLines(entries)] }
}

function noteLines(note: SharedNote): Line[] {
  return [{ text: `# ${sourceOf(note.at)}: ${noteText(note)}` }, { text: `#   ${note.hint}` }]
}
