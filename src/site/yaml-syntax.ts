import type { YAMLException } from 'js-yaml'
import { InputError, type Position } from '../core/errors.js'

/** What is wrong in the words of whoever wrote it, and what to do. */
type Words = readonly [message: string, hint: string]

const QUOTE_ALL = 'put quotes around all of it'
const INDENT = 'look at the indentation of this line and of those above, and for a missing ": "'
const TAB: Words = ['a tab where blanks must be', 'YAML indents with spaces, never with tabs']
const UNKNOWN: Words = ['this cannot be read', INDENT]

/** By what the parser says. */
const REASONS: readonly (readonly [said: RegExp, words: Words])[] = [
  [/^tab char/, TAB],
  [/flow collection/, ['a [ or { is opened and not closed', 'close it with ] or }']],
  [/quoted scalar|^deficient/, ['a quote or bracket above is not closed', 'close it before here']],
  [/escape sequence/, ['no such escape', 'write \\\\ for a backslash, or use single quotes']],
  [/alias node must/, ['an alias needs a name', 'quote a text that begins with *']],
  [/complex keys/, ['a key cannot be a list or a map', 'quote it if it is a text']],
  [/cannot merge/, ['<< takes a map, or a list of maps', 'give it an alias: <<: *name']],
  [/separator is expected/, ['this line fits to nothing above it', INDENT]],
  [/^bad indentation/, ['this line is not indented as those above it', INDENT]],
]

/** By what stands before and after the place where the parser can only say that it is stuck. */
const TRAPS: readonly (readonly [before: RegExp, after: RegExp, words: Words])[] = [
  [/\t\s*$/, /^/, TAB],
  [
    /^(?:.*[:-])?\s+\{\{/,
    /^/,
    ['a value that starts with {{ must be quoted', 'quote all of it: "{{ ... }} ..."'],
  ],
  [/[:-]\s+$/, /^[@`%]/, ['a value cannot begin with @, ` or %', QUOTE_ALL]],
  [/:\s+$/, /^-\s/, ['a list begins on a line of its own', 'or write it in brackets: [a, b]']],
  [/["'\]}]$/, /^#/, ['a comment needs a blank before its #', QUOTE_ALL]],
  [/["']\s*$/, /^/, ['something follows the closing quote', `${QUOTE_ALL}: '"a" == b'`]],
  [
    /^\s*(?:- +)*[^\s'"#][^'"]*?:\s+[^'"[{|>\s]/,
    /^[^#]*:(?:\s|$)/,
    ['a value with ": " in it must be quoted', QUOTE_ALL],
  ],
]
const STUCK = /^bad indentation|^deficient|separator is expected/

/** The error of the parser as a message of ours; of a sealed text, it quotes nothing. */
export function syntaxError(
  { reason }: YAMLException,
  text: string,
  at: Position,
  sealed: boolean,
): InputError {
  const line = text.split('\n')[at.line - 1] ?? ''
  const [before, after] = [line.slice(0, at.col - 1), line.slice(at.col - 1)]
  const trap = STUCK.test(reason) && TRAPS.find(([l, r]) => l.test(before) && r.test(after))
  const known = REASONS.find(([said]) => said.test(reason))
  const [message, hint] = sealed
    ? (known?.[1] ?? UNKNOWN)
    : trap
      ? trap[2]
      : (known?.[1] ?? named(reason))
  // Of a line that is indented too far, the parser goes on to its colon.
  const tooFar = /^bad indentation/.test(reason) && /^\s+[\w.-]+$/.test(before)
  const col = tooFar ? line.search(/\S/) + 1 : at.col
  return new InputError({ ...at, col }, `YAML: ${message}`, hint)
}

/** What the parser says with a name in it, or what is as clear as it stands. */
function named(reason: string): Words {
  const [, tag] = /^unknown \w+ tag !<(?:tag:yaml.org,2002:)?(.+)>$/.exec(reason) ?? []
  if (tag !== undefined)
    return [`unknown tag ${tag}`, 'of the tags of Ansible, !vault and !unsafe are known']
  const [, alias] = /^unidentified alias "(.+)"$/.exec(reason) ?? []
  if (alias === undefined) return [reason, INDENT]
  return [
    `*${alias} means what is marked &${alias}, and nothing is`,
    'quote a text that begins with *',
  ]
}
