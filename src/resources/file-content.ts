import { isUtf8 } from 'node:buffer'
import { createHash, randomUUID } from 'node:crypto'
import { posix } from 'node:path'
import { TaskFailed } from '../core/errors.js'
import type { Change, Diff, Result, Schema } from '../core/resource.js'
import { lines, type Sh, sh } from '../core/sh.js'
import {
  type Attributes,
  attributeDrift,
  attributeSchema,
  readStats,
  setAttributes,
  type Stat,
  statEach,
} from './file-attributes.js'
import { type NewFile, replaceFile } from './file-replace.js'
import { splitWords } from './words.js'

/** Text up to this many bytes is shown in diffs and travels inside the script. */
const LIMIT = 64 * 1024

/** What template and copy take beside the source of the content. */
export interface ContentArgs extends Attributes {
  dest: string
  validate?: string
  backup?: boolean
}

export const contentSchema: Record<keyof ContentArgs, Schema> = {
  dest: {
    type: 'string',
    pattern: '^/.*[^/]$',
    description: 'Full path of the file on the host. Its folder must exist; a link is followed.',
  },
  ...attributeSchema,
  validate: {
    type: 'string',
    pattern: '%s',
    description:
      'A command that must succeed on the new content before it is put in place; %s is the file.',
  },
  backup: {
    type: 'boolean',
    default: false,
    description:
      'Keeps the file that is replaced beside it, as `NAME.PROCESS.DATE@TIME~`; `register` has its path as `backup_file`.',
  },
}

export interface ContentWant extends NewFile {
  content: Uint8Array
  /** Nothing of it is shown. */
  sealed: boolean
}

export interface ContentHave {
  stat: Stat | undefined
  /** Undefined when the file is missing, or cannot be read. */
  sha256: string | undefined
  /** Only of a file whose content differs, and at most one byte more than the limit. */
  content: Uint8Array | undefined
}

export function wantContent(args: ContentArgs, content: Uint8Array, sealed = false): ContentWant {
  const { dest, mode, owner, group, validate, backup = false } = args
  return {
    dest,
    mode,
    owner,
    group,
    content,
    sealed,
    sha256: createHash('sha256').update(content).digest('hex'),
    validate: validate === undefined ? undefined : splitWords(validate),
    backup,
  }
}

/** One stat and one sha256sum for all files; only those that differ are read as well. */
export function probeContent(wants: readonly ContentWant[]): Sh {
  const files = wants.map(({ dest }) => dest)
  return lines([
    statEach(files, 'followed'),
    sh`set --
for file in ${files}; do [ ! -f "$file" ] || set -- "$@" "$file"; done
sums=
[ $# = 0 ] || sums=$(sha256sum "$@" 2>/dev/null) || :
sums="$sums
"
printf %s "$sums"
old() {
  case $sums in *"$2  $3
"*) return ;; esac
  [ ! -f "$3" ] || { printf 'old %s ' "$1"; head -c ${LIMIT + 1} "$3" | base64 | tr -d '\n'; echo; }
}`,
    ...wants.map(({ sha256, dest }, i) => sh`old ${i} ${sha256} ${dest} 2>/dev/null`),
  ])
}

export function readContent(stdout: string, wants: readonly ContentWant[]): ContentHave[] {
  const stats = readStats(stdout)
  const sums = readSums(stdout)
  const old = new Map(
    Array.from(stdout.matchAll(/^old (\d+) (\S*)$/gm), ([, i, base64]) => [Number(i), base64!]),
  )
  return wants.map(({ dest }, i) => {
    const base64 = old.get(i)
    return {
      stat: stats.get(dest),
      sha256: sums.get(dest),
      content: base64 === undefined ? undefined : Buffer.from(base64, 'base64'),
    }
  })
}

export function planContent(want: ContentWant, have: ContentHave): Change[] {
  const { dest } = want
  refuse(dest, have)
  const drift = have.stat ? attributeDrift(want, have.stat) : []
  if (have.sha256 !== want.sha256) return [replace(want, have, drift)]
  if (drift.length === 0) return []
  return [{ summary: `${dest}: ${drift.join(', ')}`, run: setAttributes(dest, want) }]
}

/** Of a file that was replaced, where the old one is. */
export function resultOfContent({ backup }: ContentWant, _: ContentHave, stdout = ''): Result {
  const path = stdout.trim()
  return backup && path ? { backup_file: path } : {}
}

function refuse(dest: string, { stat, sha256 }: ContentHave): void {
  if (stat === undefined) return
  if (stat.type === 'directory') {
    throw new TaskFailed(`${dest} is a folder, not a file`, 'give the full path of the file')
  }
  if (stat.type !== 'file') {
    throw new TaskFailed(`${dest} is a device, pipe or socket; a file cannot take its place`)
  }
  if (sha256 === undefined) {
    throw new TaskFailed(`${dest} cannot be read`, 'run the task as a user who may (become: true)')
  }
}

function replace(want: ContentWant, have: ContentHave, drift: string[]): Change {
  const { dest, content } = want
  const kept = want.backup && have.stat ? ['the old one is kept'] : []
  const what = [have.stat ? 'new content' : 'created', ...kept, ...drift].join(', ')
  const inline = textOf(content)
  const upload =
    inline === undefined ? { path: `/tmp/dr-play-${randomUUID()}`, content } : undefined
  const diff = diffOf(want, have)
  const size = want.sealed ? 'sealed' : `${content.length} bytes`
  return {
    summary: `${dest}: ${what}${diff ? '' : ` (${size}, not shown)`}`,
    run: replaceFile(want, have.sha256, inline ?? { upload: upload!.path }),
    ...(diff && { diff }),
    ...(want.sealed && { sealed: true }),
    ...(upload && { upload }),
  }
}

function diffOf({ dest, content, sealed }: ContentWant, have: ContentHave): Diff | undefined {
  if (sealed) return undefined
  const before = have.stat ? have.content && textOf(have.content) : ''
  const after = textOf(content)
  if (before === undefined || after === undefined) return undefined
  return { path: dest, before, after }
}

/** Undefined when the bytes are too many or no text. */
function textOf(content: Uint8Array): string | undefined {
  if (content.length > LIMIT || content.includes(0) || !isUtf8(content)) return undefined
  return Buffer.from(content).toString('utf8')
}

/** Lines of sha256sum by file; where a name holds a backslash, it escapes the line. */
function readSums(stdout: string): Map<string, string> {
  return new Map(
    Array.from(stdout.matchAll(/^(\\?)([0-9a-f]{64}) [ *](.*)$/gm), ([, escaped, sum, file]) => [
      escaped ? file!.replaceAll('\\\\', '\\') : file!,
      sum!,
    ]),
  )
}

/** Two names of one file are one thing to manage. */
export function contentKey({ dest }: ContentWant): string {
  return posix.normalize(dest)
}
