import { readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { BaseAgent, ParsedKey } from 'ssh2'
import ssh2 from 'ssh2'
import { Unreachable } from '../core/errors.js'
import { within } from './bounds.js'

/** One way to prove who we are. */
export type Identity =
  { from: string; agent: BaseAgent; keys: readonly ParsedKey[] } | { from: string; key: ParsedKey }

export interface Identities {
  usable: readonly Identity[]
  /** Keys that are there and cannot be used, with the reason. */
  unusable: readonly string[]
}

/** Reads keys once, for all hosts: an encrypted or large key takes its time. */
export class KeyRing {
  readonly #files = new Map<string, ParsedKey | Problem>()
  #agent: Promise<Identity | undefined> | undefined

  /** @param patience milliseconds that the agent has to name its keys */
  constructor(
    private readonly agentSocket: string | undefined,
    private readonly patience: number,
  ) {}

  /**
   * The agent's keys, then those of the usual files; or the key of one file alone.
   *
   * @throws Unreachable when that file's key cannot be used.
   */
  async identities(file: string | undefined): Promise<Identities> {
    this.#agent ??= within(agentIdentity(this.agentSocket), this.patience)
    const agent = await this.#agent
    return file === undefined
      ? this.#usual(agent)
      : { usable: [this.#only(file, agent)], unusable: [] }
  }

  #usual(agent: Identity | undefined): Identities {
    const usable = agent ? [agent] : []
    const unusable: string[] = []
    for (const name of ['id_ed25519', 'id_ecdsa', 'id_rsa']) {
      const file = join(homedir(), '.ssh', name)
      const key = this.#read(file)
      if (!(key instanceof Problem)) {
        if (!holds(agent, key)) usable.push({ from: file, key })
      } else if (!key.absent) unusable.push(`${file}: ${key.message}`)
    }
    return { usable, unusable }
  }

  #only(name: string, agent: Identity | undefined): Identity {
    const file = name.replace(/^~(?=\/)/, homedir())
    const key = this.#read(file)
    if (!(key instanceof Problem)) return { from: file, key }
    const publicKey = key.encrypted ? this.#read(`${file}.pub`, false) : key
    if (agent && !(publicKey instanceof Problem) && holds(agent, publicKey)) return agent
    throw new Unreachable(`the key ${file} cannot be used: ${key.message}`, key.hint)
  }

  #read(file: string, secret = true): ParsedKey | Problem {
    const known = this.#files.get(file)
    if (known) return known
    const key = readKey(file, secret)
    this.#files.set(file, key)
    return key
  }
}

class Problem {
  constructor(
    readonly message: string,
    readonly hint: string,
    readonly kind?: 'absent' | 'encrypted',
  ) {}

  get absent(): boolean {
    return this.kind === 'absent'
  }

  get encrypted(): boolean {
    return this.kind === 'encrypted'
  }
}

function readKey(file: string, secret: boolean): ParsedKey | Problem {
  try {
    const { mode, uid } = statSync(file)
    if (secret && uid === process.getuid?.() && (mode & 0o077) !== 0)
      return new Problem('others may read it, as it seems', `chmod 600 ${file}`)
    const parsed = ssh2.utils.parseKey(readFileSync(file))
    const key = Array.isArray(parsed) ? (parsed[0] as ParsedKey) : parsed
    if (!(key instanceof Error)) return key
    return /encrypted/i.test(key.message)
      ? new Problem('it has a passphrase', `load it into an agent: ssh-add ${file}`, 'encrypted')
      : new Problem(key.message, `bring it into OpenSSH's own format: ssh-keygen -p -f ${file}`)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT')
      return new Problem('there is no such file', 'name another with --private-key', 'absent')
    return new Problem(message, 'name another with --private-key')
  }
}

function holds(agent: Identity | undefined, key: ParsedKey): boolean {
  if (!agent || !('agent' in agent)) return false
  const wanted = key.getPublicSSH()
  return agent.keys.some((each) => each.getPublicSSH().equals(wanted))
}

/** Undefined when there is no agent, when it does not answer, or when it is empty. */
function agentIdentity(socket: string | undefined): Promise<Identity | undefined> {
  if (!socket) return Promise.resolve(undefined)
  const agent = new ssh2.OpenSSHAgent(socket)
  return new Promise((resolve) => {
    agent.getIdentities((error, found = []) => {
      const keys = found.filter((key) => 'getPublicSSH' in key)
      resolve(error || keys.length === 0 ? undefined : { from: 'ssh-agent', agent, keys })
    })
  })
}
