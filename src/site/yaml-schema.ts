import {
  boolYaml11Tag,
  defineMappingTag,
  defineScalarTag,
  defineSequenceTag,
  DUMP_SCHEMA,
  FAILSAFE_SCHEMA,
  floatYaml11Tag,
  intYaml11Tag,
  mapTag,
  mergeTag,
  NOT_RESOLVED,
  nullYaml11Tag,
  type ScalarTagDefinition,
  type Schema,
  seqTag,
} from 'js-yaml'
import { Unsafe, unsafe } from './unsafe.js'

// What PyYAML takes for one, where the library's YAML 1.1 goes by the letter of it: there
// `y` is true, 08:30 a number of minutes, and a lone dot zero.
const BOOL = /^(?:[Yy]es|YES|[Nn]o|NO|[Tt]rue|TRUE|[Ff]alse|FALSE|[Oo]n|ON|[Oo]ff|OFF)$/
const INT = /^[-+]?(?:0b[01_]+|0[0-7_]+|0x[\da-fA-F_]+|0|[1-9][\d_]*|[1-9][\d_]*(?::[0-5]?\d)+)$/
const FLOAT =
  /^(?:[-+]?\d[\d_]*\.[\d_]*(?:[eE][-+]\d+)?|\.\d[\d_]*(?:[eE][-+]\d+)?|[-+]?\d[\d_]*(?::[0-5]?\d)+\.[\d_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/

/** A whole number too long for a JavaScript number stays text: no digit of it may change. */
const int = narrowed(intYaml11Tag, INT, Number.isSafeInteger)
const implicit = [
  nullYaml11Tag,
  narrowed(boolYaml11Tag, BOOL),
  int,
  narrowed(floatYaml11Tag, FLOAT),
]

function narrowed<T>(
  tag: ScalarTagDefinition<T>,
  words: RegExp,
  keeps: (value: T) => boolean = () => true,
): ScalarTagDefinition<T> {
  return {
    ...tag,
    resolve: (text, ...more) => {
      if (!words.test(text)) return NOT_RESOLVED
      const value = tag.resolve(text, ...more)
      return value === NOT_RESOLVED || keeps(value) ? value : NOT_RESOLVED
    },
  }
}

/**
 * YAML 1.1 as PyYAML reads it, but dates stay text: `yes` is true, 0644 is octal, `<<` merges.
 * @param open gives the value of a `!vault`
 */
export function schemaOf(open: (sealed: string) => unknown): Schema {
  const vault = VAULT_TAGS.map((tag) =>
    defineScalarTag(tag, { resolve: (text) => open(text), identify: () => false }),
  )
  return FAILSAFE_SCHEMA.withTags(implicit, mergeTag, vault, unsafeTags)
}

const unsafeText = defineScalarTag('!unsafe', {
  resolve: unsafe,
  identify: (data) => data instanceof Unsafe,
})
const unsafeTags = [
  unsafeText,
  defineSequenceTag('!unsafe', { ...seqTag, finalize: unsafe }),
  defineMappingTag('!unsafe', { ...mapTag, finalize: (map) => unsafe(map) as typeof map }),
]

/** For writing YAML that every reader of it, of 1.1 as of 1.2, takes for the same. */
export const DUMPED = DUMP_SCHEMA.withTags(unsafeText)

export const VAULT_TAGS = ['!vault', '!vault-encrypted']

/** What an unquoted word without a tag means. */
export function plainValue(text: string): unknown {
  for (const tag of implicit) {
    const value = tag.resolve(text, false, tag.tagName)
    if (value !== NOT_RESOLVED) return value
  }
  return text
}
