import { InputError, type Position } from '../core/errors.js'
import { type Disk, machine } from '../site/disk.js'
import { readYaml } from '../site/files.js'
import { varsAt } from '../site/fields.js'
import type { Var, Vars } from '../site/vars.js'
import type { Vault } from '../site/vault.js'
import { BadWords, splitWords } from '../site/words.js'
import { YamlFile } from '../site/yaml.js'

/** The variables of every -e, the later ones winning: key=value words, JSON or YAML, or @file. */
export function parseExtraVars(
  sources: readonly string[],
  vault?: Vault,
  disk: Disk = machine,
): Vars {
  return new Map(sources.flatMap((source) => [...parseOne(source, vault, disk)]))
}

function parseOne(source: string, vault: Vault | undefined, disk: Disk): Vars {
  if (source.startsWith('@'))
    return checked((problems) => varsAt(readYaml(source.slice(1), vault, disk), [], problems))
  if (/^\s*[{[]/.test(source)) {
    return checked((problems) => varsAt(new YamlFile('-e', source, vault), [], problems))
  }
  const at = { file: `-e ${source}`, line: 1, col: 1 }
  return new Map(
    words(source, at).map((word): [string, Var] => {
      const equals = word.indexOf('=')
      if (equals < 1)
        throw new InputError(
          at,
          `"${word}" is not key=value`,
          'or give JSON: -e \'{"key": "value"}\'',
        )
      return [word.slice(0, equals), { value: word.slice(equals + 1), at }]
    }),
  )
}

function words(source: string, at: Position): string[] {
  try {
    return splitWords(source).map(({ text }) => text)
  } catch (error) {
    if (!(error instanceof BadWords)) throw error
    const hint = 'the shell takes one pair of quotes away, -e another: -e \'motto="two words"\''
    throw new InputError({ ...at, col: error.column + 1 }, error.message, hint)
  }
}

function checked(read: (problems: InputError[]) => Vars): Vars {
  const problems: InputError[] = []
  const vars = read(problems)
  if (problems[0]) throw problems[0]
  return vars
}
