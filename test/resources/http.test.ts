import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { http } from '../../src/resources/http.js'
import {
  apply,
  expectConverges,
  expectInState,
  isValid,
  observe,
  observeAll,
} from '../support/converge.js'
import { shells } from '../support/form.js'
import { canMakeNetns, makeNetns, type Netns } from '../support/netns.js'
import { serve, type Server } from '../support/server.js'

const context = {} as Parameters<typeof http.want>[1]
const site = 'http://127.0.0.1:8080'

const script = `
let calls = 0
require('node:http').createServer((request, response) => {
  if (request.url === '/lazy') calls++
  const pages = {
    '/': [200, '  <h1>www.RS1.com</h1>\\n\\n  it\\'s $HOME * "ü"\\n'],
    '/empty': [204, ''],
    '/gone': [404, 'not here'],
    '/moved': [302, 'elsewhere'],
    '/host': [200, request.headers.host],
    '/large': [200, 'x'.repeat(2 ** 21)],
    '/lazy': calls > 3 ? [200, 'awake'] : [503, 'asleep'],
  }
  const [status, page] = pages[request.url] ?? [500, '']
  response.writeHead(status, { location: '/', 'content-length': Buffer.byteLength(page) })
  response.end(page)
}).listen(8080, '127.0.0.1', () => console.log('listening'))`

describe('what is asked for', () => {
  it.each([
    [{ url: site }, true],
    [{ url: site, status: '404', timeout: '1' }, true],
    [{ url: site, status: 'ok' }, false],
    [{ url: site, timeout: 0 }, false],
    [{}, false],
  ])('the schema on %j: %s', (args, valid) => expect(isValid(http, args)).toBe(valid))

  it.each([
    [{ url: '127.0.0.1' }, 'is no URL'],
    [{ url: 'file:///etc/passwd' }, 'is no URL'],
    [{ url: 'http:///' }, 'is no URL'],
    [{ url: `${site}/a b` }, 'is no URL'],
    [{ url: site, host_header: 'a\r\nX: y' }, 'is no host name'],
  ])('%j is refused', (args, why) => expect(() => http.want(args, context)).toThrow(why))
})

describe.runIf(canMakeNetns).each(shells)('on a host, with %s', (name) => {
  let netns: Netns
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'http-'))
    netns = makeNetns()
  })
  afterAll(() => {
    netns.remove()
    rmSync(folder, { recursive: true })
  })

  /** A host that has only one of the clients. */
  function hostWith(client: string) {
    const bare = path.join(folder, client)
    netns.run(`[ -d ${bare} ] || { mkdir ${bare}; for t in sleep ${client}; do
      ln -s "$(command -v $t)" ${bare}/ || :; done; }`)
    return { shell: [...netns.shell('env'), `PATH=${bare}`, `/bin/${name}`] }
  }

  describe.each(['curl', 'wget'])('and %s', (client) => {
    let host: { shell: string[] }
    let server: Server
    beforeAll(async () => {
      host = hostWith(client)
      server = await serve(netns, script)
    })
    afterAll(() => server.stop())

    it.each([
      [{ url: `${site}/` }, 200, '  <h1>www.RS1.com</h1>\n\n  it\'s $HOME * "ü"\n'],
      [{ url: `${site}/`, contains: 'it\'s $HOME * "ü"' }, 200, undefined],
      [{ url: `${site}/`, contains: '</h1>\n\n  it' }, 200, undefined],
      [{ url: `${site}/empty`, status: 204 }, 204, ''],
      [{ url: `${site}/gone`, status: 404 }, 404, 'not here'],
      [{ url: `${site}/moved`, status: 302 }, 302, undefined],
      [{ url: `${site}/host`, host_header: 'www.example.com' }, 200, 'www.example.com'],
      [{ url: `${site}/host` }, 200, '127.0.0.1:8080'],
    ])('%j is as wanted', async (args, status, content) => {
      const { want, have } = await expectInState(http, args, host)
      const result = http.result?.(want, have)
      expect(result).toMatchObject(content === undefined ? { status } : { status, content })
    })

    it.each([
      [{ url: `${site}/`, status: 404 }, ['is not 404 within 1 s', 'status 200', 'www.RS1.com']],
      [{ url: `${site}/`, contains: 'www.RS2.com' }, ['200 with "www.RS2.com"', 'www.RS1.com']],
      [{ url: `${site}/`, contains: 'h1*h1' }, ['200 with "h1*h1"']],
      [{ url: `${site}/gone` }, ['is not 200', 'status 404', 'not here']],
      [{ url: `${site}/moved` }, ['status 302']],
      [{ url: 'http://127.0.0.1:8081/' }, ['last seen: no answer']],
    ])('%j is not, and fails with what was seen', async (args, seen) => {
      const { plan } = await observe(http, { ...args, timeout: 1 }, host)
      expect(plan).toMatchObject([{ wait: true }])
      const [outcome] = await apply(plan, host)
      expect(outcome?.status).toBe(1)
      for (const text of seen) expect(outcome?.stderr).toContain(text)
    })

    it('looks at several pages with one probe', async () => {
      const all = [`${site}/gone`, `${site}/`, 'http://127.0.0.1:8081/'].map((url) => ({ url }))
      const observed = await observeAll(http, all, host)
      expect(observed.map(({ have }) => have.status)).toEqual([404, 200, 0])
      expect(observed.map(({ plan }) => plan.length)).toEqual([1, 0, 1])
    })

    it('waits for a page that is not as wanted yet', async () => {
      const { after } = await expectConverges(http, { url: `${site}/lazy`, timeout: 20 }, host)
      expect(after).toEqual({ status: 200, content: 'awake' })
    })
  })

  it('without a client says what to install', async () => {
    const host = hostWith('no-such-client')
    const { have, plan } = await observe(http, { url: site }, host)
    expect(have.status).toBeUndefined()
    const [outcome] = await apply(plan, host)
    expect(outcome).toMatchObject({ status: 1 })
    expect(outcome?.stderr).toContain('install curl or wget')
  })

  it('a page too large is no answer', async () => {
    const server = await serve(netns, script)
    const { have } = await observe(http, { url: `${site}/large` }, hostWith('curl'))
    await server.stop()
    expect(have.status).toBe(0)
    expect(have.content).toContain('Maximum file size exceeded')
  })
})
