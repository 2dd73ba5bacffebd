import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the installed package, with its playbooks, roles and templates. */
export const packageDir = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
