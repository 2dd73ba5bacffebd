import type { Secret, Sh } from './sh.js'

/** A host as the transport needs to know it. */
export interface Target {
  name: string
  connection: 'ssh' | 'local'
  address: string
  port: number
  user: string | undefined
  password: Secret | undefined
  privateKeyFile: string | undefined
  /** Where this host's key is known, instead of where all keys are. */
  knownHostsFile?: string | undefined
  hostKeyChecking?: HostKeyChecking | undefined
}

/** An unknown host key is refused; taken and written down; or not looked at. */
export type HostKeyChecking = 'yes' | 'accept-new' | 'no'

/** Another user to run as, by sudo. */
export interface Become {
  user: string
  password: Secret | undefined
}

/** What one step printed. `status` is its exit status; a step not run has 'skipped'. */
export interface Frame {
  step: number
  status: number | 'skipped'
  stdout: string
  stderr: string
  /** Of what was longer than is kept (core/decoding.ts), the bytes that it was. */
  cut?: { stdout?: number; stderr?: number }
  /** It was ended after so many seconds, its limit. */
  timedOut?: number
}

/** How long a step may take. */
export interface Limit {
  /** From the end of the step before it on; Infinity: as long as it likes. */
  seconds: number
  /**
   * What ends when they are over: the step, which then has failed; or the connection. Of steps in a
   * row that would end that, each has the time which those before it left.
   */
  ends: 'step' | 'host'
}

/** By the step's number. */
export type Limits = readonly (Limit | undefined)[]

/** Hears what a step under way says with tellProgress (core/framing.ts). */
export type ProgressListener = (step: number, message: string) => void

/**
 * all: every step runs whatever became of the ones before it (probes).
 * until-failure: the first step that fails is the last one run (changes).
 */
export type Mode = 'all' | 'until-failure'

/**
 * A connection to one host, with one long-lived sh on it for each user who runs things
 * there. Everything a host is asked or told goes through it.
 */
export interface Session {
  /** Round trips on the channel since the handshake. */
  readonly trips: number
  /**
   * Runs the steps in order, in ONE round trip; yields each one's frame as it ends.
   * Each step has a subshell of its own, stdin from /dev/null. `as`: run as that user by
   * sudo; as the login user without it.
   *
   * @param limits of the steps that may take longer than a look at the host does
   * @throws Unreachable when the channel dies, or the host says what it cannot say; Interrupted
   * when the signal aborts (the remote work is ended first).
   */
  run(
    steps: readonly Sh[],
    mode: Mode,
    as?: Become,
    progress?: ProgressListener,
    limits?: Limits,
  ): AsyncIterable<Frame>
  /** Writes bytes to a new private file on the host. For what is too large for a script. */
  upload(path: string, content: Uint8Array, as?: Become): Promise<void>
  close(): Promise<void>
}

export interface Transport {
  /** @throws Unreachable */
  open(target: Target, signal: AbortSignal): Promise<Session>
}
