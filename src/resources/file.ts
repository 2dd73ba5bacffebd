import { posix } from 'node:path'
import { TaskFailed } from '../core/errors.js'
import type { Change, Resource } from '../core/resource.js'
import { allOf, lines, type Sh, sh } from '../core/sh.js'
import {
  type Attributes,
  attributeDrift,
  attributeSchema,
  pathSchema,
  readStats,
  setAttributes,
  type Stat,
  statEach,
} from './file-attributes.js'

interface Args extends Attributes {
  path: string
  state?: 'file' | 'directory' | 'touch' | 'link' | 'absent'
  src?: string
}

interface Want extends Args {
  state: NonNullable<Args['state']>
}

interface Have {
  /** Of what a link leads to; where something is to be absent, of the link itself. */
  stat: Stat | undefined
  link: string | undefined
}

const ofLink = { type: 'object', properties: { state: { const: 'link' } }, required: ['state'] }

export const file: Resource<Args, Want, Have> = {
  type: 'file',
  manages: 'file',
  about: 'Creates a folder, an empty file or a link; removes them; sets mode and owner.',
  schema: {
    type: 'object',
    properties: {
      path: { ...pathSchema, description: 'Full path of the file, folder or link.' },
      state: {
        enum: ['file', 'directory', 'touch', 'link', 'absent'],
        description:
          'file (the default): exists already, only mode and owner are managed. directory: a folder, made with its parents. touch: a file, made empty when it is missing. link: a symbolic link to src. absent: neither file nor folder; a folder goes with all that is in it.',
      },
      src: {
        type: 'string',
        minLength: 1,
        description: 'What the link leads to, as it is written.',
      },
      ...attributeSchema,
    },
    required: ['path'],
    dependentSchemas: { src: ofLink },
    additionalProperties: false,
  },

  want({ path, state = 'file', ...rest }) {
    const want = { ...rest, path: posix.resolve(path), state }
    if (state === 'absent' && want.path === '/') {
      throw new TaskFailed('/ is not to be removed', 'give the path of something below it')
    }
    if (state === 'link' && want.src === undefined) {
      throw new TaskFailed(`${want.path}: a link needs what it leads to`, 'give it as src')
    }
    return want
  },
  key: ({ path }) => path,

  probe(wants) {
    const paths = (which: (want: Want) => boolean) => wants.filter(which).map(({ path }) => path)
    const followed = paths((want) => !isAboutLinks(want))
    const absent = paths(({ state }) => state === 'absent')
    const links = paths(({ state }) => state === 'link')
    return lines([
      followed.length > 0 ? statEach(followed, 'followed') : sh``,
      // Of what is to be a link, only what is none is of interest.
      sh`echo links
set -- ${absent}
for path in ${links}; do [ -L "$path" ] || [ ! -e "$path" ] || set -- "$@" "$path"; done
[ $# = 0 ] || ${statEach(sh`"$@"`, 'themselves')}`,
      ...wants.map(({ path, state }, i) =>
        state === 'link'
          ? sh`[ ! -L ${path} ] || { printf 'link %s ' ${i}; readlink ${path}; }`
          : sh``,
      ),
    ])
  },

  read(stdout, wants) {
    const [followed, themselves] = stdout.split(/^links$/m, 2).map(readStats)
    const links = new Map(
      Array.from(stdout.matchAll(/^link (\d+) (.*)$/gm), ([, i, target]) => [Number(i), target]),
    )
    return wants.map((want, i) => ({
      stat: (isAboutLinks(want) ? themselves : followed)?.get(want.path),
      link: links.get(i),
    }))
  },

  plan: (want, have) => plans[want.state](want, have),
}

function isAboutLinks({ state }: Want): boolean {
  return state === 'link' || state === 'absent'
}

const plans: Record<Want['state'], (want: Want, have: Have) => Change[]> = {
  file(want, { stat }) {
    if (stat) return planAttributes(want, stat, 'file')
    // An earlier task of this run may be about to make it, so only applying can tell.
    const missing = `${want.path} does not exist`
    return [
      {
        summary: `${want.path}: mode and owner`,
        run: sh`[ -f ${want.path} ] || { echo ${missing} >&2; exit 1; }
${setAttributes(want.path, want)}`,
      },
    ]
  },

  directory(want, { stat }) {
    if (stat) return planAttributes(want, stat, 'directory')
    const mode = want.mode === undefined ? sh`` : sh`-m ${want.mode} `
    const make = sh`umask 022; mkdir -p ${mode}${want.path}`
    return [
      {
        summary: `${want.path}: folder created`,
        run: allOf([make, setAttributes(want.path, want)]),
      },
    ]
  },

  touch(want, { stat }) {
    if (stat) return planAttributes(want, stat, 'file')
    const make = sh`umask 022; : >>${want.path}`
    return [
      {
        summary: `${want.path}: created empty`,
        run: allOf([make, setAttributes(want.path, want)]),
      },
    ]
  },

  link({ path, src = '' }, { stat, link }) {
    if (link === src) return []
    if (stat && stat.type !== 'link') {
      throw new TaskFailed(
        `${path} is a ${nameOf(stat)}, not a link`,
        'remove it first: state: absent',
      )
    }
    return [{ summary: `${path}: link to ${src}`, run: makeLink(path, src, link) }]
  },

  absent({ path }, { stat }) {
    if (!stat) return []
    return [{ summary: `${path}: ${nameOf(stat)} removed`, run: sh`rm -rf ${path}` }]
  },
}

function planAttributes(want: Want, stat: Stat, type: Stat['type']): Change[] {
  if (stat.type !== type) {
    throw new TaskFailed(
      `${want.path} is a ${nameOf(stat)}, not a ${nameOf({ type })}`,
      'remove it first: state: absent',
    )
  }
  const drift = attributeDrift(want, stat)
  if (drift.length === 0) return []
  return [{ summary: `${want.path}: ${drift.join(', ')}`, run: setAttributes(want.path, want) }]
}

/**
 * By a rename, so that at no moment there is no link.
 *
 * @param seen where it led when this was planned; what somebody else has put there since stays
 */
function makeLink(path: string, src: string, seen: string | undefined): Sh {
  const there = seen === undefined ? sh`[ ! -e ${path} ]` : sh`[ -L ${path} ]`
  return sh`{ ${there} && [ "$(readlink ${path})" = ${seen ?? ''} ]; } || {
  echo ${`${path} changed since it was read: nothing was overwritten; run again`} >&2
  exit 1
}
ln -s ${src} ${path}.dr-play-$$ && mv -fT ${path}.dr-play-$$ ${path}`
}

function nameOf({ type }: Pick<Stat, 'type'>): string {
  return { file: 'file', directory: 'folder', link: 'link', other: 'device, pipe or socket' }[type]
}
