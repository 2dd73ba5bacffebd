import { createCipheriv, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InputError } from '../../src/core/errors.js'
import { Secret } from '../../src/core/sh.js'
import { Scope } from '../../src/site/scope.js'
import { Vault } from '../../src/site/vault.js'
import { YamlFile } from '../../src/site/yaml.js'
import { hasReferee, runPython } from './referee.js'

const at = { file: 'vars.yml', line: 1, col: 1 }
const vaultOf = (passwords: Record<string, string>) =>
  new Vault(
    Object.entries(passwords).map(([id, password]) => ({ id, password: new Secret(password) })),
  )

interface Shape {
  header?: string
  width?: number
  newline?: string
  /** Takes the place of the padded plaintext. */
  padded?: Buffer
  spoil?: (hex: string) => string
}

/** Seals as the format is described, without any code of ours; `shape` makes odd ones. */
function seal(plain: string, password: string, shape: Shape = {}): string {
  const { header = '$ANSIBLE_VAULT;1.1;AES256', width = 80, newline = '\n' } = shape
  const salt = randomBytes(32)
  const derived = pbkdf2Sync(password, salt, 10_000, 80, 'sha256')
  const text = Buffer.from(plain)
  const size = 16 - (text.length % 16)
  const padded = shape.padded ?? Buffer.concat([text, Buffer.alloc(size, size)])
  const cipher = createCipheriv('aes-256-ctr', derived.subarray(0, 32), derived.subarray(64))
  const sealed = cipher.update(padded)
  const hmac = createHmac('sha256', derived.subarray(32, 64)).update(sealed).digest('hex')
  const inner = [salt.toString('hex'), hmac, sealed.toString('hex')].join('\n')
  const hex = (shape.spoil ?? ((same) => same))(Buffer.from(inner).toString('hex'))
  const lines = hex.match(new RegExp(`.{1,${width}}`, 'g')) ?? []
  return [header, ...lines, ''].join(newline)
}

function errorOf(act: () => unknown): InputError {
  try {
    act()
  } catch (error) {
    if (error instanceof InputError) return error
    throw error
  }
  throw new Error('there was no error')
}

describe('what is sealed', () => {
  const texts = [
    '',
    'a',
    '0123456789abcde',
    '0123456789abcdef',
    'é\u{1F600}\r\n\0',
    'x'.repeat(9999),
  ]

  test.runIf(hasReferee)('by Ansible is opened, whatever its size, label and newlines', () => {
    const cases = texts.flatMap((text) => [
      { seal: text, password: 'pw' },
      { seal: text, password: 'pässword with blanks', id: 'dev' },
    ])
    const sealed = runPython('referee-vault.py', cases) as string[]
    for (const [i, { seal: text, password, id }] of cases.entries()) {
      expect(sealed[i]).toMatch(
        id ? /^\$ANSIBLE_VAULT;1\.2;AES256;dev\n/ : /^\$ANSIBLE_VAULT;1\.1;/,
      )
      const vault = vaultOf({ [id ?? 'default']: password })
      expect(vault.open(sealed[i]!, at)).toBe(text)
      expect(vault.open(sealed[i]!.replaceAll('\n', '\r\n'), at)).toBe(text)
      expect(vault.open(sealed[i]!.trimEnd(), at)).toBe(text)
    }
  })

  test.runIf(hasReferee)('is opened, or refused, when Ansible does so', () => {
    const shapes: Shape[] = [
      {},
      { width: 7 },
      { width: 100_000 },
      { newline: '\r\n' },
      { header: '$ANSIBLE_VAULT;1.2;AES256;other' },
      { header: '$ANSIBLE_VAULT; 1.1 ; AES256 ' },
      { header: '$ANSIBLE_VAULT;1.1;AES512' },
      { header: '$ANSIBLE_VAULT;1.1' },
      { header: '$ANSIBLE_VAULT' },
      { padded: Buffer.alloc(16) },
      { padded: Buffer.alloc(16, 17) },
      { padded: Buffer.alloc(16, 16) },
      { padded: Buffer.alloc(15, 1) },
      { spoil: (hex) => hex.slice(0, -1) },
      { spoil: (hex) => hex.slice(0, -2) },
      { spoil: (hex) => hex.slice(0, 60) },
      { spoil: () => '' },
      { spoil: (hex) => `${hex.slice(0, -2)}zz` },
      { spoil: (hex) => hex.toUpperCase() },
      { spoil: (hex) => `00${hex.slice(2)}` },
    ]
    const sealed = shapes.map((shape) => seal('text', 'pw', shape))
    const cases = sealed.map((text) => ({ open: text, password: 'pw' }))
    const verdicts = runPython('referee-vault.py', cases) as (string | { error: string })[]
    for (const [i, verdict] of verdicts.entries()) {
      const open = () => vaultOf({ default: 'pw' }).open(sealed[i]!, at)
      const name = `${i} ${sealed[i]!.slice(0, 40)}`
      if (typeof verdict === 'string') expect(open(), name).toBe(verdict)
      else
        expect(errorOf(open).message, `${name} ${verdict.error}`).toMatch(
          /broken|no vault password/,
        )
    }
    expect(verdicts.filter((verdict) => typeof verdict === 'string').length).toBeGreaterThan(6)
  })

  test('any text comes back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ minLength: 1 }), (text, password) => {
        expect(vaultOf({ default: password }).open(seal(text, password), at)).toBe(
          Buffer.from(text).toString(),
        )
      }),
      { numRuns: 20 },
    )
  })

  test('a label goes first, but any password may open', () => {
    const sealed = seal('x', 'right', { header: '$ANSIBLE_VAULT;1.2;AES256;dev' })
    expect(vaultOf({ prod: 'wrong', dev: 'right' }).open(sealed, at)).toBe('x')
    expect(vaultOf({ dev: 'wrong', prod: 'right' }).open(sealed, at)).toBe('x')
  })
})

describe('what stays shut says why', () => {
  const sealed = seal('x', 'right', { header: '$ANSIBLE_VAULT;1.2;AES256;dev' })
  test.each([
    [{}, sealed, 'no password is given', '--vault-id dev@FILE'],
    [{}, seal('x', 'right'), 'no password is given', '--vault-password-file FILE'],
    [{ dev: 'wrong', prod: 'bad' }, sealed, 'sealed as "dev"', 'tried those of: dev, prod'],
    [{ dev: 'right' }, sealed.replace('1.2', '2.0'), 'vault format "2.0"', 'ansible-vault'],
    [{ dev: 'right' }, sealed.replace('AES256', 'ROT13'), 'vault cipher "ROT13"', 'ansible-vault'],
    [{ dev: 'right' }, sealed.replace(/\n..../, '\nzzzz'), '(in line 2 of it)', 'ansible-vault'],
    [{ dev: 'right' }, sealed.slice(0, 200), 'broken', 'ansible-vault'],
  ])('%o', (passwords: Record<string, string>, text, message, hint) => {
    const error = errorOf(() => vaultOf(passwords).open(text, at))
    expect(error.message).toContain(message)
    expect(error.hint).toContain(hint)
    expect(error.at).toEqual(at)
    expect(`${error.message} ${error.hint ?? ''}`).not.toMatch(/wrong|right(?! one)|bad/)
  })
})

const indented = (text: string) => text.trimEnd().replaceAll(/^/gm, '    ')

describe('YAML', () => {
  const vault = vaultOf({ default: 'pw' })
  const inline = `a: 1\nb:\n  - !vault |\n${indented(seal('s3cret {{ x }}', 'pw'))}\n`

  test('a sealed file is read as what is in it', () => {
    const yaml = new YamlFile('vars.yml', seal('a: 1\nb: text\n', 'pw'), vault)
    expect(yaml.value).toEqual({ a: 1, b: 'text' })
    expect(yaml.at(['b'])).toEqual({ file: 'vars.yml', line: 2, col: 4 })
  })

  test.each(['!vault', '!vault-encrypted'])('%s prints nothing by itself', (tag) => {
    const yaml = new YamlFile('vars.yml', inline.replace('!vault', tag), vault)
    expect(JSON.stringify(yaml.value)).toBe('{"a":1,"b":["[REDACTED]"]}')
  })

  test('a value is plain where it is used, and holds no template', () => {
    const { value } = new YamlFile('vars.yml', inline, vault)
    const { b } = value as { b: unknown }
    const scope = new Scope([{ vars: new Map([['b', { value: b, at }]]) }], new Map())
    expect(scope.get('b')).toEqual(['s3cret {{ x }}'])
  })

  test('a value that stays shut is told with its place', () => {
    const error = errorOf(() => new YamlFile('vars.yml', inline, vaultOf({ default: 'other' })))
    expect(error.at).toEqual({ file: 'vars.yml', line: 3, col: 12 })
  })

  test('a slip in a sealed file quotes nothing of it', () => {
    const text = 'a: 1\nb: "s3cret\n'
    let message = ''
    try {
      new YamlFile('vars.yml', seal(text, 'pw'), vault)
    } catch (error) {
      message = (error as Error).message
    }
    expect(message).toMatch(/^YAML: a quote or bracket above is not closed$/)
  })
})

describe('messages', () => {
  const vault = vaultOf({ default: 'pw' })
  new YamlFile('v.yml', seal('a: s3cret\nb: [12345, "two\\nlines", ab, true]\n', 'pw'), vault)
  test.each([
    ['cannot be "s3cret"', 'cannot be [vault]'],
    ['at http://s3cret@host', 'at http://[vault]@host'],
    ['"a" cannot be 12345', '"a" cannot be [vault]'],
    ['not "two\\nlines"', 'not [vault]'],
    ['not two\nlines', 'not [vault]'],
    ['about "ab", abbot', 'about [vault], abbot'],
    ['this is true', 'this is true'],
  ])('%j', (message, masked) => {
    expect(vault.mask(message)).toBe(masked)
  })
})
