import { TaskFailed } from '../core/errors.js'
import type { Resource } from '../core/resource.js'
import { Sh, sh } from '../core/sh.js'
import { inWords, nameOf, partsOf, textOf, type Value } from './sysctl-key.js'

interface Args {
  file: string
  values: Readonly<Record<string, Value>>
}

interface Want {
  file: string
  values: Map<string, string>
}

/** One line of one file, in the order in which they count at boot. */
interface Line {
  file: string
  key: string
  value: string
}

/**
 * Checks that no file which is read after this one at boot sets a key to something else. Files
 * of sysctl.d are read in the order of their names, whatever their folder is, and of one name
 * the one in /etc counts; /etc/sysctl.conf comes last (sysctl(8), sysctl.d(5)).
 */
export const sysctlBoot: Resource<Args, Want, readonly Line[]> = {
  type: 'sysctl_boot',
  about: 'Checks that no later file of sysctl.d overrides the values of one.',
  schema: {
    type: 'object',
    properties: {
      file: {
        type: 'string',
        pattern: '^/.*/[^/]+\\.conf$',
        description: 'The file that sets them: /etc/sysctl.d/90-lvs-arp.conf.',
      },
      values: {
        type: 'object',
        minProperties: 1,
        additionalProperties: {
          anyOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }],
        },
        description: 'The keys, and what each must be after boot.',
      },
    },
    required: ['file', 'values'],
    additionalProperties: false,
  },

  want: ({ file, values }) => ({
    file,
    values: new Map(
      Object.entries(values).map(([key, value]) => [nameOf(partsOf(key)), textOf(value)]),
    ),
  }),

  key: ({ file }) => file,

  // One process for all files; which of them count, and when, is worked out here.
  probe: () => sh`set -- ${globs}
for file in "$@"; do [ ! -e "$file" ] || echo "# $file"; done
grep -Hs '^[^#;]*=' "$@" /dev/null || :`,

  read(stdout, wants) {
    const lines = stdout.split('\n')
    const files = lines.flatMap((line) => /^# (.*)$/.exec(line)?.[1] ?? [])
    const read = inOrder(files)
    const found = lines.flatMap(parseLine)
    const counting = read.flatMap((file) => found.filter((line) => line.file === file))
    return wants.map(() => counting)
  },

  plan({ file, values }, lines) {
    for (const [key, value] of values) {
      const last = lines.filter((line) => line.key === key && isLater(line.file, file)).at(-1)
      if (last && last.value !== value) {
        throw new TaskFailed(
          `${last.file} sets ${key} to ${last.value} at boot, after ${file} has set it to ${value}`,
          `take ${key} out of ${last.file}`,
        )
      }
    }
    return []
  },
}

const LAST = '/etc/sysctl.conf'
/** From the strongest to the weakest: of files of one name the first counts. */
const FOLDERS = ['/etc', '/run', '/usr/local/lib', '/usr/lib', '/lib']
const globs = Sh.trusted([...FOLDERS.map((dir) => `${dir}/sysctl.d/*.conf`), LAST].join(' '))

/** The files that are read, in that order. */
function inOrder(files: readonly string[]): string[] {
  const byName = new Map<string, string>()
  for (const file of files) {
    if (file !== LAST && !byName.has(nameIn(file))) byName.set(nameIn(file), file)
  }
  const names = [...byName.keys()].sort()
  return [...names.map((name) => byName.get(name)!), LAST]
}

function nameIn(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function isLater(file: string, than: string): boolean {
  if (file === than) return false
  return file === LAST || nameIn(file) > nameIn(than)
}

/** `/etc/sysctl.d/99-local.conf:-net/ipv4/ip_forward = 1` */
function parseLine(line: string): Line[] {
  const [, file, key, value] = /^([^:]+):\s*-?\s*([^\s=]+)\s*=(.*)$/.exec(line) ?? []
  if (file === undefined) return []
  return [{ file, key: nameOf(partsOf(key!)), value: inWords(value!) }]
}
