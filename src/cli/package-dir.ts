import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the installed package, with its playbooks, roles and templates. */
export const packageDir = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

export function packageVersion(): string {
  const manifest = readFileSync(join(packageDir, 'package.json'), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
