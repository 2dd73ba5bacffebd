import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const MANIFEST = 'package.json'

/** The folder of the installed package, with its playbooks, roles and templates. */
export const packageDir = above(import.meta.dirname)

/** The build decides how deep below it this file is. */
function above(folder: string): string {
  return existsSync(join(folder, MANIFEST)) ? folder : above(dirname(folder))
}

export function packageVersion(): string {
  const manifest = readFileSync(join(packageDir, MANIFEST), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
