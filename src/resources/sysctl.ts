import { TaskFailed } from '../core/errors.js'
import type { Change, Resource } from '../core/resource.js'
import { lines, sh, type Sh } from '../core/sh.js'
import { inWords, nameOf, partsOf, textOf, type Value } from './sysctl-key.js'

interface Args {
  name?: string
  value?: Value
  values?: Readonly<Record<string, Value>>
  restore?: readonly string[]
}

interface Setting {
  /** As sysctl(8) prints it: net.ipv4.conf.eth0/100.arp_ignore is interface eth0.100. */
  name: string
  path: string
  /** Undefined: what it was before it was first set here. */
  value: string | undefined
}

/** Of each setting; undefined where the kernel has no such key, or nothing was noted. */
type Have = readonly { live: string | undefined; before: string | undefined }[]

const value = {
  anyOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }],
  description: 'The value; several words (a range, three sizes) are compared word by word.',
}

/**
 * LIVE kernel parameters. To keep them over a reboot, write a file in /etc/sysctl.d as well
 * (template): a later file there can override an earlier one, so both facts are checked. What
 * a key was before it was first set is noted on the host, in `$DR_PLAY_STATE/sysctl`.
 */
export const sysctl: Resource<Args, readonly Setting[], Have> = {
  type: 'sysctl',
  about: 'Sets kernel parameters in the running kernel and reads them back.',
  schema: {
    type: 'object',
    properties: {
      name: {
        type: 'string',
        description: 'One key; with slashes where a part holds a dot: net/ipv4/conf/eth0.100/...',
      },
      value,
      values: {
        type: 'object',
        minProperties: 1,
        additionalProperties: value,
        description: 'Several keys with their values, instead of name and value.',
      },
      restore: {
        type: 'array',
        minItems: 1,
        items: { type: 'string' },
        description: 'Keys that get back the values they had before this module first set them.',
      },
    },
    additionalProperties: false,
    oneOf: [{ required: ['name', 'value'] }, { required: ['values'] }, { required: ['restore'] }],
    dependentRequired: { value: ['name'] },
  },

  want({ name, value, values, restore }) {
    const pairs = Object.entries(values ?? { [name ?? '']: value ?? '' })
    const settings = restore
      ? restore.map((key) => setting(key, undefined))
      : pairs.map(([key, wanted]) => setting(key, wanted))
    const twice = settings.find((one, i) => settings.findIndex((s) => s.path === one.path) < i)
    if (twice) throw new TaskFailed(`sysctl sets ${twice.name} twice`, 'keep one of the two')
    return settings
  },

  key: (settings) => settings.map(({ name }) => name).join(' '),

  // One process for all keys. The shell's own read would be none, but dash reads byte by byte,
  // and files in /proc/sys give nothing after their first read: 32768 would be seen as 3.
  probe: (wants) => {
    const notes = wants.flat().filter(({ value }) => value === undefined)
    const paths = [...wants.flat().map(({ path }) => sh`${path}`), ...notes.map(noteOf)]
    return sh`head -v -n 1 ${paths} 2>/dev/null || :`
  },

  read(stdout, wants) {
    const values = new Map<string, string>()
    for (const block of stdout.split(/^==> /m)) {
      const [path = '', value = ''] = block.split(' <==\n')
      values.set(path.replace(/^.*\/sysctl\//, 'note '), inWords(value))
    }
    return wants.map((settings) =>
      settings.map(({ path }) => ({
        live: values.get(path),
        before: values.get(`note ${below(path)}`),
      })),
    )
  },

  plan: (settings, have) =>
    settings.flatMap((one, i) => {
      const { live, before } = have[i]!
      if (one.value !== undefined) return live === one.value ? [] : [set(one, one.value, live)]
      return before === undefined || before === live ? [] : [restoration(one, before, live)]
    }),
}

function restoration(one: Setting, before: string, live: string | undefined): Change {
  const { summary, run } = set(one, before, live)
  return { summary: `${summary} (as it was)`, run: lines([run, sh`rm -f ${noteOf(one)}`]) }
}

function set({ name, path }: Setting, value: string, live: string | undefined): Change {
  const note = noteOf({ path })
  return {
    summary: `${name}: ${live ?? '(no value)'} -> ${value}`,
    run: lines([
      sh`[ -e ${path} ] || {
  printf '%s: this kernel has no such key; is its module loaded, the interface there?\n' ${name} >&2
  exit 1
}`,
      // A key that can only be written had no value before.
      live === undefined
        ? sh``
        : sh`note=${note}
[ -e "$note" ] || { { [ -d "\${note%/*}" ] || mkdir -p "\${note%/*}"; } && printf '%s\n' ${live} >"$note"; } || {
  printf '%s: its value cannot be noted, to be restored one day\n' ${name} >&2
  exit 1
}`,
      sh`printf '%s\n' ${value} >${path} || {
  printf '%s: the kernel refused the value %s\n' ${name} ${value} >&2
  exit 1
}`,
      // A write can succeed and be clamped or ignored: only what is read back counts.
      sh`set -f
set -- $(cat ${path})
[ "$*" = ${value} ] || {
  printf '%s: is "%s" after writing "%s"\n' ${name} "$*" ${value} >&2
  exit 1
}`,
    ]),
  }
}

function setting(name: string, value: Value | undefined): Setting {
  const parts = partsOf(name)
  if (parts.length < 2 || parts.some((part) => !/^[^\s/]+$/.test(part) || /^\.+$/.test(part))) {
    throw new TaskFailed(`sysctl: "${name}" is no key`, 'write it as net.ipv4.ip_forward')
  }
  const wanted = value === undefined ? undefined : textOf(value)
  if (wanted === '') throw new TaskFailed(`sysctl: ${name} has no value`)
  return {
    name: nameOf(parts),
    path: ['/proc/sys', ...parts].join('/'),
    value: wanted,
  }
}

/** Where the value that a key had before is noted. */
function noteOf({ path }: Pick<Setting, 'path'>): Sh {
  return sh`"\${DR_PLAY_STATE:?}"/sysctl/${below(path)}`
}

function below(path: string): string {
  return path.replace(/^\/proc\/sys\//, '')
}
