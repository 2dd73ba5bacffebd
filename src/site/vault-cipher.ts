import { createDecipheriv, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto'

const MAGIC = '$ANSIBLE_VAULT'
const ITERATIONS = 10_000

/** What stands in an envelope of Ansible Vault. */
export interface Envelope {
  /** The label of the password it was sealed with; `default` when it names none. */
  id: string
  salt: Buffer
  hmac: Buffer
  ciphertext: Buffer
}

/** An envelope that cannot be read, whatever the password; `line` of it counts from 0. */
export class BadEnvelope extends Error {
  constructor(
    message: string,
    readonly line: number,
  ) {
    super(message)
  }
}

export function isSealed(text: string): boolean {
  return text.startsWith(MAGIC)
}

/**
 * Reads `$ANSIBLE_VAULT;1.1;AES256` or `$ANSIBLE_VAULT;1.2;AES256;ID`, and the lines of hex
 * digits below it.
 * @throws BadEnvelope
 */
export function parseEnvelope(text: string): Envelope {
  const [header = '', ...lines] = text.split(/\r\n|\n|\r/)
  const [, version, cipher, id] = header.split(';').map((part) => part.trim())
  if (version !== '1.1' && version !== '1.2') {
    throw new BadEnvelope(`vault format "${version ?? ''}" is unknown: there are 1.1 and 1.2`, 0)
  }
  if (cipher !== 'AES256') {
    throw new BadEnvelope(`vault cipher "${cipher ?? ''}" is unknown: there is AES256`, 0)
  }
  const wrong = lines.findIndex((line) => !/^[0-9a-fA-F]*\s*$/.test(line))
  if (wrong !== -1) throw new BadEnvelope('only hex digits may follow the header', wrong + 1)
  const parts = unhex(lines.join('').replace(/\s/g, '')).toString('latin1').split('\n')
  const [salt, hmac, ciphertext, ...others] = parts
  if (salt === undefined || hmac === undefined || ciphertext === undefined || others.length > 0) {
    throw new BadEnvelope('a part of it is missing', lines.length)
  }
  return {
    id: id === undefined || id === '' ? 'default' : id,
    salt: unhex(salt),
    hmac: unhex(hmac),
    ciphertext: unhex(ciphertext),
  }
}

function unhex(text: string): Buffer {
  if (text.length % 2 === 1 || !/^[0-9a-fA-F]*$/.test(text)) {
    throw new BadEnvelope('it is cut off, or its hex digits were changed', 1)
  }
  return Buffer.from(text, 'hex')
}

/** The plain bytes; undefined when the password is another one, or the envelope was altered. */
export function decrypt(envelope: Envelope, password: Buffer): Buffer | undefined {
  const { salt, hmac, ciphertext } = envelope
  const derived = pbkdf2Sync(password, salt, ITERATIONS, 80, 'sha256')
  const [key, hmacKey, counter] = [
    derived.subarray(0, 32),
    derived.subarray(32, 64),
    derived.subarray(64),
  ]
  const expected = createHmac('sha256', hmacKey).update(ciphertext).digest()
  if (hmac.length !== expected.length || !timingSafeEqual(hmac, expected)) return undefined
  const padded = createDecipheriv('aes-256-ctr', key, counter).update(ciphertext)
  return unpad(padded)
}

/** PKCS#7, which Ansible adds although counter mode needs none. */
function unpad(padded: Buffer): Buffer {
  const size = padded.at(-1) ?? 0
  const padding = padded.subarray(padded.length - size)
  if (size === 0 || size > 16 || padded.length % 16 !== 0 || padding.some((byte) => byte !== size))
    throw new BadEnvelope('its padding is wrong', 1)
  return padded.subarray(0, padded.length - size)
}
