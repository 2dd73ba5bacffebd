import type {
  AnyAuthMethod,
  AuthHandlerMiddleware,
  KeyboardInteractiveCallback,
  Prompt,
} from 'ssh2'
import { Unreachable } from '../core/errors.js'
import type { Target } from '../core/transport.js'
import type { Identities, Identity } from './keys.js'

interface Attempt {
  /** As a message names it. */
  with: string
  method: AnyAuthMethod
}

/** A login: which proofs are tried in which order, and what to say when none was good enough. */
export interface Login {
  handler: AuthHandlerMiddleware
  refused(): Unreachable
}

export function login(target: Target, user: string, identities: Identities): Login {
  const attempts = [
    ...passwordAttempts(target, user),
    ...identities.usable.map((identity) => keyAttempt(user, identity)),
  ]
  // A key the inventory names for this host comes before the password it names.
  if (target.privateKeyFile) attempts.push(...attempts.splice(0, attempts.length - 1))
  const tried: string[] = []
  let accepts: readonly string[] = []
  return {
    handler: (left: readonly string[] | null, _partial, next) => {
      accepts = left ?? accepts
      for (let attempt = attempts.shift(); attempt; attempt = attempts.shift()) {
        const type = attempt.method.type === 'agent' ? 'publickey' : attempt.method.type
        if (left && !left.includes(type)) continue
        tried.push(attempt.with)
        next(attempt.method)
        return undefined
      }
      return false
    },
    refused: () => refused(target, user, tried, identities.unusable, accepts),
  }
}

function passwordAttempts(target: Target, user: string): Attempt[] {
  const password = target.password?.reveal()
  if (password === undefined) return []
  const prompt = (
    _name: string,
    _text: string,
    _lang: string,
    prompts: Prompt[],
    finish: KeyboardInteractiveCallback,
  ): void => finish(prompts.map(() => password))
  return [
    { with: 'the password', method: { type: 'password', username: user, password } },
    {
      with: 'the password, asked for',
      method: { type: 'keyboard-interactive', username: user, prompt },
    },
  ]
}

function keyAttempt(user: string, identity: Identity): Attempt {
  return 'agent' in identity
    ? {
        with: `ssh-agent (${identity.keys.length} ${identity.keys.length === 1 ? 'key' : 'keys'})`,
        method: { type: 'agent', username: user, agent: identity.agent },
      }
    : { with: identity.from, method: { type: 'publickey', username: user, key: identity.key } }
}

function refused(
  { name, address, port }: Target,
  user: string,
  tried: readonly string[],
  unusable: readonly string[],
  accepts: readonly string[],
): Unreachable {
  const accepted = accepts.length > 0 ? ` (the host accepts ${accepts.join(', ')})` : ''
  const left = unusable.length > 0 ? `; not tried: ${unusable.join(', ')}` : ''
  const copy = `ssh-copy-id ${port === 22 ? '' : `-p ${port} `}${user}@${address}`
  return new Unreachable(
    `${name} refused the login as ${user}: tried ${tried.join(', ') || 'nothing'}${accepted}${left}`,
    `put a key there (${copy}), or name the user with -u and the key with --private-key`,
  )
}
