import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { InputError } from '../core/errors.js'

const LEAST_BYTES = 32
const HOW = 'make one, and give it to the run and to all workers: openssl rand -base64 32'

/**
 * Seals what passes through the queue, by AES-256-GCM with a key that the run and its workers
 * share: nobody who reads there learns anything, and nobody else can have workers do anything.
 */
export class Seal {
  readonly #key: Buffer
  /** Tells keys apart, and nothing about them. */
  readonly id: string

  /**
   * @param text 32 bytes or more, in base64 or hexadecimal
   * @param from where it was found, for messages
   * @throws InputError when it is none
   */
  constructor(text: string, from: string) {
    const word = text.trim()
    const isHex = /^([0-9a-f]{2})+$/i.test(word)
    const isBase64 = /^[A-Za-z0-9+/_-]+={0,2}$/.test(word)
    if (!isHex && !isBase64) {
      throw new InputError(
        undefined,
        `${from} holds no key: it is not base64, nor hexadecimal`,
        HOW,
      )
    }
    const bytes = Buffer.from(word, isHex ? 'hex' : 'base64')
    if (bytes.length < LEAST_BYTES) {
      const found = `it has ${bytes.length} bytes, and needs ${LEAST_BYTES}`
      throw new InputError(undefined, `${from} holds no key: ${found}`, HOW)
    }
    this.#key = Buffer.from(hkdfSync('sha256', bytes, '', 'dr-play queue', 32))
    this.id = createHmac('sha256', this.#key).update('id').digest('hex').slice(0, 8)
  }

  /** @param place what it is, and of which run: it opens as nothing else */
  close(bytes: Buffer, place: string): string {
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(place))
    const body = Buffer.concat([cipher.update(deflateRawSync(bytes)), cipher.final()])
    return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64')
  }

  /** @returns undefined when it was sealed with another key, as something else, or changed */
  open(sealed: string, place: string): Buffer | undefined {
    const bytes = Buffer.from(sealed, 'base64')
    if (bytes.length < 28) return undefined
    const nonce = bytes.subarray(0, 12)
    const cipher = createDecipheriv('aes-256-gcm', this.#key, nonce, { authTagLength: 16 })
    cipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(12, 28))
    try {
      const body = Buffer.concat([cipher.update(bytes.subarray(28)), cipher.final()])
      return inflateRawSync(body)
    } catch {
      return undefined
    }
  }
}
