import { Unreachable } from '../core/errors.js'
import { prelude } from '../core/framing.js'
import type { Secret } from '../core/sh.js'
import type { Become } from '../core/transport.js'
import { becomeError, hello, prompt } from './become.js'
import { Overheard } from './overheard.js'
import type { Listener, Pipe } from './pipe.js'

/** Where a shell runs. */
export interface Place {
  /** The process group of the sh and of all it starts. */
  group: number
  /** The sh itself. */
  pid: number
}

/** A new shell that is told to get ready. */
export interface Greeting {
  /** Once it has answered. @throws Unreachable */
  place: Promise<Place>
  /** Hears what it says, until it has answered. */
  hear: Listener
}

/** Bytes after which what a host says before its shell is ready has no end. */
const ENDLESS = 16 * 1024 * 1024

const START_FILES =
  'look into ~/.bashrc, ~/.profile, ~/.zshenv and the like: what reads input, or starts script, screen or tmux, is only for a terminal: [ -t 0 ] || return'

/** @param patience milliseconds */
export function greet(
  host: string,
  pipe: Pipe,
  become: Become | undefined,
  id: string,
  patience: number,
): Greeting {
  const said = { stdout: new Overheard(), stderr: new Overheard() }
  let hear: Listener = () => undefined
  const place = new Promise<Place>((resolve, reject) => {
    const end = (): void => {
      hear = () => undefined
      clearTimeout(timer)
    }
    const fail = (why: string, hint: string): void => {
      end()
      reject(new Unreachable(`${host}: no shell there: ${why}`, hint))
    }
    const refuse = (why: string): void => {
      end()
      if (become) reject(becomeError(host, become, said.stderr.text, why))
      else fail(why, said.stderr.last || said.stdout.last)
    }
    const late = (): void => {
      if (become) return refuse(`no answer within ${patience / 1000} s`)
      const last = said.stderr.last || said.stdout.last
      const words = last ? `; the last that was said: ${last}` : ''
      fail(
        `no answer within ${patience / 1000} s${words}`,
        `does a start file wait? ${START_FILES}`,
      )
    }
    const timer = setTimeout(late, patience)
    const converse = conversation(pipe, become?.password, id)
    const isReady = new RegExp(`@${id} ready (\\d+) (\\d+)\n`)
    hear = (stream, bytes) => {
      said[stream].add(bytes)
      const ready = said.stdout.find(isReady)
      if (ready) {
        end()
        resolve({ group: Number(ready[0]), pid: Number(ready[1]) })
      } else if (said.stdout.find(`@${id} lost\n`)) {
        fail('a start file read what was meant for the shell', START_FILES)
      } else if (said[stream].find(`@${id}'`)) {
        fail('a start file put a terminal in between: what is sent comes back', START_FILES)
      } else if (said[stream].size > ENDLESS) {
        fail('what its start files print has no end', START_FILES)
      } else if (converse(said) === 'refused') refuse('no answer')
    }
    pipe.listen((...what) => hear(...what))
    void pipe.ended.then((why) => refuse(why))
  })
  return { place, hear: (...what) => hear(...what) }
}

/** Says to sudo and to the shell what each waits for, in its time. */
function conversation(
  pipe: Pipe,
  password: Secret | undefined,
  id: string,
): (said: { stdout: Overheard; stderr: Overheard }) => 'refused' | undefined {
  let greeted = !password
  let asked = 0
  if (greeted) pipe.write(prelude(id))
  return ({ stdout, stderr }) => {
    if (!password || greeted) return undefined
    if (stdout.find(hello(id))) {
      greeted = true
      pipe.write(prelude(id))
    } else if (stderr.find(prompt(id))) {
      if (asked++ > 0) return 'refused'
      pipe.write(`${password.reveal()}\n`)
    }
    return undefined
  }
}
