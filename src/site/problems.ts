import { InputError, InputErrors } from '../core/errors.js'

/** Runs an act; its input errors are noted instead of thrown. */
export function attempt<T>(problems: InputError[], act: () => T): T | undefined {
  try {
    return act()
  } catch (error) {
    if (error instanceof InputError) problems.push(error)
    else if (error instanceof InputErrors) problems.push(...error.errors)
    else throw error
    return undefined
  }
}
