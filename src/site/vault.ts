import { InputError, type Position } from '../core/errors.js'
import { Secret } from '../core/sh.js'
import { BadEnvelope, decrypt, type Envelope, parseEnvelope } from './vault-cipher.js'

/** A password with the label that --vault-id gave it, or `default`. */
export interface VaultPassword {
  id: string
  password: Secret
}

/** A value of `!vault` that was left as it is, in the words of ansible-inventory. */
export class SealedText {
  constructor(readonly text: string) {}

  toJSON(): object {
    return { __ansible_vault: this.text }
  }
}

const SHORTEST_HIDDEN = 4

/** Opens what Ansible Vault sealed, and keeps what it saw out of messages. */
export class Vault {
  readonly #hidden = new Set<string>()

  /** @param inlineToo whether the values of `!vault` are opened, as whole files always are */
  constructor(
    readonly passwords: readonly VaultPassword[] = [],
    private readonly inlineToo = true,
  ) {}

  open(sealed: string, at: Position): string {
    return this.bytes(sealed, at).toString('utf8')
  }

  /**
   * What is in a sealed file. As in Ansible, the label says which password is tried first,
   * and no more: every other one is tried after it.
   * @throws InputError without a password, with wrong ones, or for a broken envelope
   */
  bytes(sealed: string, at: Position): Buffer {
    try {
      return this.#decrypt(parseEnvelope(sealed), at)
    } catch (error) {
      if (!(error instanceof BadEnvelope)) throw error
      const place = error.line > 0 ? ` (in line ${error.line + 1} of it)` : ''
      const hint = 'take it anew from where it was made, or seal it again with ansible-vault'
      throw new InputError(at, `the vault text is broken: ${error.message}${place}`, hint)
    }
  }

  /** The value of `!vault`: a Secret, which no template is looked for in. */
  inline(sealed: string, at: Position): Secret | SealedText {
    if (!this.inlineToo) return new SealedText(sealed)
    const value = this.open(sealed, at)
    this.hide(value)
    return new Secret(value)
  }

  /** Keeps a value, and all in it, out of what `mask` lets through. */
  hide(value: unknown): void {
    if (value !== null && typeof value === 'object') {
      for (const item of Object.values(value)) this.hide(item)
    } else if (typeof value === 'string' || typeof value === 'number') {
      this.#hidden.add(String(value))
    }
  }

  /** A message without any of the values that were sealed. */
  mask(text: string): string {
    const values = [...this.#hidden].sort((a, b) => b.length - a.length)
    return values.reduce(
      (masked, value) => forms(value).reduce((rest, form) => rest.replaceAll(form, MASK), masked),
      text,
    )
  }

  #decrypt(envelope: Envelope, at: Position): Buffer {
    const { id } = envelope
    const flag = id === 'default' ? '--vault-password-file FILE' : `--vault-id ${id}@FILE`
    if (this.passwords.length === 0) {
      const hint = `give its password: ${flag}, or --ask-vault-pass`
      throw new InputError(at, 'this is sealed by Ansible Vault, and no password is given', hint)
    }
    const first = this.passwords.filter((one) => one.id === id)
    const others = this.passwords.filter((one) => one.id !== id)
    for (const { password } of [...first, ...others]) {
      const plain = decrypt(envelope, Buffer.from(password.reveal()))
      if (plain !== undefined) return plain
    }
    const tried = this.passwords.map((one) => one.id).join(', ')
    const message = `no vault password opens this, which was sealed as "${id}"`
    throw new InputError(at, message, `tried those of: ${tried}; the right one comes with ${flag}`)
  }
}

const MASK = '[vault]'

/** How a value may stand in a message; a short one only where it stands alone. */
function forms(value: string): string[] {
  const asJson = JSON.stringify(value)
  return value.length < SHORTEST_HIDDEN ? [asJson] : [asJson, asJson.slice(1, -1), value]
}
