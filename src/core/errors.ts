/** A place in a file of the user's; line and column count from 1. */
export interface Position {
  file: string
  line: number
  col: number
}

/** What every message of ours says: where (when known), what, and what to do next. */
export class DrPlayError extends Error {
  constructor(
    message: string,
    readonly hint?: string,
    readonly at?: Position,
  ) {
    super(message)
    this.name = new.target.name
  }
}

/** Bad usage or bad input: found before any host is contacted. */
export class InputError extends DrPlayError {
  constructor(at: Position | undefined, message: string, hint?: string) {
    super(message, hint, at)
  }
}

/** Several input errors, each once, so that one run shows them all. */
export class InputErrors extends DrPlayError {
  readonly errors: readonly InputError[]

  constructor(errors: readonly InputError[]) {
    const key = ({ at, message }: InputError) => `${at ? where(at) : ''} ${message}`
    const distinct = [...new Map(errors.map((error) => [key(error), error])).values()]
    super(distinct.map((error) => error.message).join('\n'))
    this.errors = distinct
  }
}

/** A host that could not be reached, logged in to, or that went away. */
export class Unreachable extends DrPlayError {}

/** A task that failed on one host. */
export class TaskFailed extends DrPlayError {}

/** Ctrl-C, or a signal that asks to end. */
export class Interrupted extends DrPlayError {
  constructor() {
    super('interrupted')
  }
}

/** `site.yml:4:11`; of the command line just the option. */
export function where({ file, line, col }: Position): string {
  return file.startsWith('-') ? file : `${file}:${line}:${col}`
}

/** The exit codes of the tool; when several apply, the most urgent wins: 4 over 2 over 3. */
export const Exit = {
  ok: 0,
  usage: 1,
  failed: 2,
  drift: 3,
  unreachable: 4,
  interrupted: 130,
} as const
