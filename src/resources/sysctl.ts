import { TaskFailed } from '../core/errors.js'
import type { Change, Resource } from '../core/resource.js'
import { lines, sh } from '../core/sh.js'

type Value = string | number | boolean

interface Args {
  name?: string
  value?: Value
  values?: Readonly<Record<string, Value>>
}

interface Setting {
  /** As sysctl(8) prints it: net.ipv4.conf.eth0/100.arp_ignore is interface eth0.100. */
  name: string
  path: string
  value: string
}

/** The live value of each setting; undefined where the kernel has no such key. */
type Have = readonly (string | undefined)[]

const value = {
  anyOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }],
  description: 'The value; several words (a range, three sizes) are compared word by word.',
}

/**
 * LIVE kernel parameters. To keep them over a reboot, write a file in /etc/sysctl.d as well
 * (template): a later file there can override an earlier one, so both facts are checked.
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
    },
    additionalProperties: false,
    oneOf: [{ required: ['name', 'value'] }, { required: ['values'] }],
    dependentRequired: { value: ['name'] },
  },

  want({ name, value, values }) {
    const pairs = Object.entries(values ?? { [name ?? '']: value ?? '' })
    const settings = pairs.map(([key, wanted]) => setting(key, wanted))
    const twice = settings.find((one, i) => settings.findIndex((s) => s.path === one.path) < i)
    if (twice) throw new TaskFailed(`sysctl sets ${twice.name} twice`, 'keep one of the two')
    return settings
  },

  key: (settings) => settings.map(({ name }) => name).join(' '),

  // One process for all keys. The shell's own read would be none, but dash reads byte by byte,
  // and files in /proc/sys give nothing after their first read: 32768 would be seen as 3.
  probe: (wants) => sh`head -v -n 1 ${wants.flat().map(({ path }) => path)} 2>/dev/null || :`,

  read(stdout, wants) {
    const live = new Map<string, string>()
    for (const block of stdout.split(/^==> /m)) {
      const [path, value = ''] = block.split(' <==\n')
      live.set(path!, inWords(value))
    }
    return wants.map((settings) => settings.map(({ path }) => live.get(path)))
  },

  plan: (settings, live) =>
    settings.flatMap((one, i) => (live[i] === one.value ? [] : [set(one, live[i])])),
}

function set({ name, path, value }: Setting, live: string | undefined): Change {
  return {
    summary: `${name}: ${live ?? '(no value)'} -> ${value}`,
    run: lines([
      sh`[ -e ${path} ] || {
  printf '%s: this kernel has no such key; is its module loaded, the interface there?\n' ${name} >&2
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

function setting(name: string, value: Value): Setting {
  const parts = partsOf(name)
  if (parts.length < 2 || parts.some((part) => !/^[^\s/]+$/.test(part) || /^\.+$/.test(part))) {
    throw new TaskFailed(`sysctl: "${name}" is no key`, 'write it as net.ipv4.ip_forward')
  }
  const wanted = typeof value === 'boolean' ? String(Number(value)) : inWords(String(value))
  if (wanted === '') throw new TaskFailed(`sysctl: ${name} has no value`)
  return {
    name: parts.map((part) => part.replaceAll('.', '/')).join('.'),
    path: ['/proc/sys', ...parts].join('/'),
    value: wanted,
  }
}

/** As sysctl(8) reads a key: the first separator decides, the other stands for itself. */
function partsOf(name: string): string[] {
  const slash = name.indexOf('/')
  const dot = name.indexOf('.')
  if (slash >= 0 && (dot < 0 || slash < dot)) return name.split('/')
  return name.split('.').map((part) => part.replaceAll('/', '.'))
}

function inWords(text: string): string {
  return text.trim().replace(/\s+/g, ' ')
}
