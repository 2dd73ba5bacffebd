import { posix } from 'node:path'
import { type Sh, sh } from '../core/sh.js'
import { type Attributes, chmodDigits } from './file-attributes.js'

/** Mode of a file that was not there and whose task names none. */
const NEW_FILE = '0644'

export interface NewFile extends Attributes {
  dest: string
  sha256: string
  /** The words of a command that checks the new content; %s in them is the file. */
  validate: readonly string[] | undefined
  /** The file that is replaced stays, beside it, under another name, which is printed. */
  backup: boolean
}

/**
 * Replaces a file whole: what reads it sees the old content or the new one, never a part.
 *
 * @param seen the hash that the plan was made for, undefined when there was no file; when
 *   the file has another one by now, somebody else's edit is left alone and the change fails
 */
export function replaceFile(
  want: NewFile,
  seen: string | undefined,
  content: string | { upload: string },
): Sh {
  const { dest } = want
  const uploaded = typeof content === 'string' ? sh`` : sh`rm -f ${content.upload}`
  return sh`fail() { echo "$1" >&2; exit 1; }
changed() { fail ${`${dest} changed since it was read: nothing was overwritten; run again`}; }
temp=
remove() {
  ${uploaded}
  [ -z "$temp" ] || rm -f "$temp"
}
trap remove EXIT
trap 'exit 1' HUP INT TERM
dest=${dest}
dir=${posix.dirname(dest)}
if [ -L "$dest" ]; then
  # From its folder: busybox takes a relative link that leads nowhere yet from where it is.
  dest=$(cd "$dir" && readlink -f "$dest") || fail ${`${dest} is a link into a folder that does not exist`}
  dir=\${dest%/*}/
fi
[ -d "$dir" ] || fail "the folder $dir does not exist: create it with a file task before"
umask 077
temp=$(mktemp "$dir/.dr-play.XXXXXX") || exit 1
${write(content, want.sha256)}
${seen === undefined ? newAttributes(want) : keepAttributes(want)}
${validate(want.validate)}
dd if=/dev/null of="$temp" conv=notrunc,fsync 2>/dev/null || fail "$temp: fsync failed"
now=absent
if [ -f "$dest" ]; then set -- $(sha256sum <"$dest"); now=$1
elif [ -e "$dest" ]; then changed
fi
[ "$now" = ${seen ?? 'absent'} ] || changed
${want.backup && seen !== undefined ? keepOld : sh``}
mv -f "$temp" "$dest" || exit 1
temp=
if [ -e /sys/fs/selinux/enforce ] && command -v restorecon >/dev/null; then
  restorecon "$dest" || exit 1
fi`
}

function write(content: string | { upload: string }, sha256: string): Sh {
  if (typeof content === 'string') return sh`printf %s ${content} >"$temp" || exit 1`
  return sh`cat ${content.upload} >"$temp" || exit 1
set -- $(sha256sum <"$temp")
[ "$1" = ${sha256} ] || fail 'the content was damaged on its way'`
}

function newAttributes({ mode = NEW_FILE, owner = '', group = '' }: NewFile): Sh {
  const chown = owner || group ? sh`chown ${`${owner}:${group}`} "$temp" || exit 1` : sh``
  return sh`${chown}
chmod ${chmodDigits(mode)} "$temp" || exit 1`
}

/** What the task does not name is taken from the file as it is now, not as it was probed. */
function keepAttributes({ mode, owner, group }: NewFile): Sh {
  return sh`set -- $(stat -c '%u %g %a' "$dest")
[ $# = 3 ] || changed
chown ${owner ?? sh`"$1"`}:${group ?? sh`"$2"`} "$temp" || exit 1
chmod ${mode === undefined ? sh`"$3"` : chmodDigits(mode)} "$temp" || exit 1`
}

/**
 * Named as Ansible names it. A second name of the file as it is: nothing is copied, and it keeps all
 * that it has; unless the filesystem has no such thing.
 */
const keepOld: Sh = sh`old="$dest.$$.$(date +%Y-%m-%d@%H:%M:%S)~"
ln "$dest" "$old" 2>/dev/null || cp -p "$dest" "$old" || fail "no backup: $dest was not overwritten"
printf '%s\n' "$old"`

/** Each %s of the command's words becomes the new file's path. */
function validate(words: readonly string[] | undefined): Sh {
  if (words === undefined) return sh``
  const temp = sh`"$temp"`
  const command = words.map((word) =>
    word.split('%s').reduce<Sh>((all, part, i) => sh`${all}${i > 0 ? temp : sh``}${part}`, sh``),
  )
  return sh`{ ${command}; } >&2 || fail 'the new content is not valid: nothing was overwritten'`
}
