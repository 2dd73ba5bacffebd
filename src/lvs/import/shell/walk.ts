import { InputError, type Position } from '../../../core/errors.js'
import { globRegex } from '../../../core/glob.js'
import { arithmetic, type Env, expand, expandOne, type Field } from './expand.js'
import { type Node, type Redirect, shellTree, type Simple } from './tree.js'
import type { Disk, Note } from '../told.js'

/** A command that the script would run when it is called with `start`. */
export interface Command {
  at: Position
  /** Its words as they come out; undefined where only a run can tell. */
  words: readonly Field[]
  /** As it is written. */
  text: string
  redirects: readonly (Omit<Redirect, 'target'> & { target: Field })[]
}

/** What was met in a script: its commands in their order, and what its names stand for. */
export interface Walked {
  commands: Command[]
  env: Env
  /** Where each name got its value. */
  places: Map<string, Position>
  notes: Note[]
}

/** Branches of a start script that take down what `start` sets up, or only look at it. */
const NOT_START =
  /^"?(stop|status|restart|reload|force-reload|condrestart|try-restart|del|delete|down|remove|clear|help|usage|-h|\*)"?$/
const SYSTEM_FILES = /\/(init\.d|rc\.d|lsb)\/.*functions$|\/etc\/(profile|bashrc)$|functions$/
const DEEP = 20
/** Steps after which a script with loops in loops is given up. */
const MOST = 200_000

/**
 * Goes through a script as `start` would and notes its commands. Nothing is run: names,
 * branches and loops are worked out as far as the text alone tells.
 *
 * @throws InputError for a script that cannot be read
 */
export function walkScript(text: string, file: string, disk: Disk): Walked {
  const walk = new Walk(disk)
  walk.nodes(shellTree(text, file))
  return walk
}

class Walk implements Walked {
  readonly commands: Command[] = []
  readonly notes: Note[] = []
  readonly places = new Map<string, Position>()
  readonly env: Env = new Map<string, readonly string[] | undefined>([['1', ['start']]])
  readonly #functions = new Map<string, Node[]>()
  #depth = 0
  #steps = 0

  constructor(readonly disk: Disk) {}

  nodes(nodes: readonly Node[]): void {
    for (const node of nodes) this.#node(node)
  }

  #node(node: Node): void {
    if (++this.#steps > MOST) {
      throw new InputError(node.at, 'this goes on too long', 'import ipvsadm -S -n instead')
    }
    if (node.kind === 'simple') this.#simple(node)
    else if (node.kind === 'for') this.#for(node)
    else if (node.kind === 'case') this.#case(node)
    else if (node.kind === 'if') this.#if(node)
    else if (node.kind === 'loop') this.nodes(node.body)
    else this.#functions.set(node.name, node.body)
  }

  #for({ name, words = ['"$@"'], body, at }: Node & { kind: 'for' }): void {
    const items = words.flatMap((word) => expand(word, this.env))
    for (const item of items) {
      this.#set(name, item === undefined ? undefined : [item], at)
      this.nodes(body)
    }
  }

  #case({ word, arms }: Node & { kind: 'case' }): void {
    const value = expandOne(word, this.env)
    const taken =
      value === undefined
        ? undefined
        : arms.find(({ patterns }) =>
            patterns.some((pattern) => pattern !== '*' && this.#matches(pattern, value)),
          )
    if (taken) return this.nodes(taken.body)
    // A script that is called otherwise than with `start`: all that may set something up.
    const others = arms.filter(({ patterns }) => !patterns.some((each) => NOT_START.test(each)))
    for (const { body } of others) this.nodes(body)
  }

  #matches(pattern: string, value: string): boolean {
    return globRegex(expandOne(pattern, this.env) ?? '')?.test(value) === true
  }

  #if({ arms, otherwise, at }: Node & { kind: 'if' }): void {
    let doubtful = 0
    const branch = (nodes: readonly Node[]) => {
      const before = this.commands.length
      this.nodes(nodes)
      if (this.commands.slice(before).some(({ words }) => doesMore(words))) doubtful++
    }
    for (const { test, body } of arms) {
      this.nodes(test)
      const holds = this.#holds(test)
      if (holds === false) continue
      branch(body)
      if (holds) return
    }
    branch(otherwise)
    if (doubtful < 2) return
    this.notes.push({
      at,
      message: 'which branch of this if is taken is not known here: all were read',
      hint: 'compare the result with ipvsadm -S -n, or import that',
    })
  }

  /** Whether a test holds; undefined when only a run can tell. */
  #holds(test: readonly Node[]): boolean | undefined {
    const [only, ...others] = test
    if (only?.kind !== 'simple' || others.length > 0) return undefined
    const equal = this.#equal(only)
    return equal === undefined ? undefined : equal !== (only.negated === true)
  }

  #equal(only: Simple): boolean | undefined {
    const words = only.words.map((word) => expandOne(word, this.env))
    const [command] = words
    if (command !== '[' && command !== '[[' && command !== 'test') return undefined
    const [left, operator, right, ...more] = words
      .slice(1)
      .filter((word) => !/^\]+$/.test(word ?? '.'))
    if (more.length > 0 || left === undefined || operator === undefined) return undefined
    if (left === '-z' || left === '-n') return (operator === '') === (left === '-z')
    if (right === undefined) return undefined
    if (operator === '=' || operator === '==') return left === right
    return operator === '!=' ? left !== right : undefined
  }

  #simple({ at, assignments, words, redirects }: Simple): void {
    for (const assignment of assignments) this.#assign(assignment, at)
    const fields = words.flatMap((word) => expand(word, this.env))
    const [name, ...args] = fields
    const body = name === undefined ? undefined : this.#functions.get(name)
    if (body) return this.#call(body, args)
    if (name === '.' || name === 'source') return this.#source(args[0], at)
    if (name === 'let') return this.#let(args, at)
    if (/^(export|local|readonly|declare|typeset)$/.test(name ?? '')) {
      for (const word of words.slice(1)) if (word.includes('=')) this.#assign(word, at)
      return
    }
    if (name === 'read') return args.forEach((each) => this.#set(each ?? '', undefined, at))
    if (words.length === 0 && redirects.length === 0) return
    this.commands.push({
      at,
      words: fields,
      text: words.join(' '),
      redirects: redirects.map(({ target, ...rest }) => ({
        ...rest,
        target: expandOne(target, this.env),
      })),
    })
  }

  #assign(text: string, at: Position): void {
    const [, name = '', index, more, value = ''] =
      /^(\w+)(?:\[([^\]]*)\])?(\+?)=(.*)$/s.exec(text) ?? []
    const list = /^\((.*)\)$/s.exec(value)?.[1]
    if (list !== undefined) {
      const items = list.replaceAll(/#[^\n]*/g, '').split(/\s+/)
      const fields = items.filter((item) => item !== '').flatMap((item) => expand(item, this.env))
      const all = fields.filter((field) => field !== undefined)
      return this.#set(name, all.length === fields.length ? all : undefined, at)
    }
    const one = expandOne(value, this.env)
    const before = this.env.get(name)
    if (index !== undefined) {
      const place = arithmetic(index, this.env)
      if (one === undefined || place === undefined) return this.#set(name, undefined, at)
      const all = [...(before ?? [])]
      all[place] = one
      return this.#set(name, all, at)
    }
    this.#set(name, one === undefined ? undefined : [(more ? (before?.[0] ?? '') : '') + one], at)
  }

  /** `let i++`, `let i=i+1`. */
  #let(args: readonly Field[], at: Position): void {
    for (const arg of args) {
      const [, name = '', rest = ''] = /^(\w+)(.*)$/.exec(arg ?? '') ?? []
      const value =
        { '++': `${name}+1`, '--': `${name}-1` }[rest] ?? rest.replace(/^\+=/, `${name}+`)
      const number = arithmetic(value.replace(/^=/, ''), this.env)
      this.#set(name, number === undefined ? undefined : [String(number)], at)
    }
  }

  #set(name: string, value: readonly string[] | undefined, at: Position): void {
    this.env.set(name, value)
    this.places.set(name, at)
  }

  #call(body: readonly Node[], args: readonly Field[]): void {
    if (this.#depth >= DEEP) return
    const positions = ['@', '*', '#', ...Array.from({ length: 9 }, (_, i) => String(i + 1))]
    const outer = positions.map((name) => [name, this.env.get(name)] as const)
    const all = args.filter((arg) => arg !== undefined)
    for (const name of positions.slice(3)) {
      const value = args[Number(name) - 1]
      this.env.set(name, value === undefined ? undefined : [value])
    }
    for (const name of ['@', '*']) this.env.set(name, all.length === args.length ? all : undefined)
    this.env.set('#', [String(args.length)])
    this.#depth++
    this.nodes(body)
    this.#depth--
    for (const [name, value] of outer) this.env.set(name, value)
  }

  /** A file that the script reads in, when it is there; the system's own is passed over. */
  #source(path: Field, at: Position): void {
    if (path !== undefined && SYSTEM_FILES.test(path)) return
    const [file] = path === undefined ? [] : this.disk.match(path, at.file)
    if (file !== undefined && this.#depth < DEEP) {
      this.#depth++
      this.nodes(shellTree(this.disk.read(file), file))
      this.#depth--
      return
    }
    this.notes.push({
      at,
      message: `reads another file, ${path ?? 'not known here'}, which is not there`,
      hint: 'put it where the script looks for it, and import again',
    })
  }
}

/** Whether a command does more than tell something. */
function doesMore([name]: readonly Field[]): boolean {
  return !/^(echo|printf|exit|return|:|true|false)$/.test(name ?? '')
}
