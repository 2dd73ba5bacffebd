import { join } from 'node:path'
import { inject } from 'vitest'

declare module 'vitest' {
  export interface ProvidedContext {
    builtPackage: string
  }
}

/** The folder of the package that this run of the tests has built (test/built.ts). */
export const builtPackage = inject('builtPackage')

/** The program in it: what the user runs. */
export const MAIN = join(builtPackage, 'dist/main.js')
