import { InputError } from '../../core/errors.js'
import { readSaveFile } from './ipvsadm-save.js'
import { readKeepalived } from './keepalived.js'
import { readLdirectord, type Resolve } from './ldirectord.js'
import { readScript } from './scripts.js'
import { type Disk, type Format, formats, type Told } from './told.js'

/** What tells a format, the surest first; `why` is what the user is told. */
const signs: readonly { format: Format; sign: RegExp; why: string }[] = [
  { format: 'scripts', sign: /^#!/, why: 'it begins with #!' },
  {
    format: 'ipvsadm',
    sign: /^(\s*(#.*)?\n)*\s*-[Aa] |^IP Virtual Server version/,
    why: 'it is what ipvsadm prints',
  },
  {
    format: 'keepalived',
    sign: /^\s*(virtual_server(_group)?|vrrp_(instance|sync_group|script)|global_defs)\b/m,
    why: 'it has blocks of keepalived',
  },
  { format: 'ldirectord', sign: /^virtual6?\s*=/m, why: 'it has lines with virtual=' },
  {
    format: 'scripts',
    sign: /^[^#\n]*\b(ipvsadm\s+-|ifconfig\s|ip\s+a|\w+=\$?\d|case\s|arp_ignore)/m,
    why: 'it has commands of a shell script',
  },
]

/**
 * The format of a text by its looks, and why.
 *
 * @throws InputError when it looks like none
 */
export function guessFormat(text: string, file: string): { format: Format; why: string } {
  const found = signs.find(({ sign }) => sign.test(text))
  if (found) return found
  const message =
    text.trim() === '' ? 'there is nothing in it' : 'its format cannot be told from its text'
  throw new InputError({ file, line: 1, col: 1 }, message, `--format ${formats.join('|')}`)
}

/** @throws InputError for a text that is not of this format */
export function readAs(
  format: Format,
  text: string,
  file: string,
  { disk, resolve }: { disk: Disk; resolve: Resolve },
): Told {
  const plain = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')
  if (format === 'ipvsadm') return readSaveFile(plain, file)
  if (format === 'scripts') return readScript(plain, file, disk)
  if (format === 'keepalived') return readKeepalived(plain, file, disk)
  return readLdirectord(plain, file, resolve)
}
