import { describe, expect } from 'vitest'
import { test } from '../support/play.js'

const ASKED = ' (N)o/(y)es/(c)ontinue: '
const names = (questions: readonly string[]) =>
  questions.map((question) => question.replace('Perform task: ', '').replace(ASKED, ''))

const write = (name: string) =>
  `{ name: ${name}, copy: { dest: '{{dir}}/${name}-{{inventory_hostname}}', content: x } }`

describe('--step', () => {
  const three = `- hosts: all\n  tasks: [${write('one')}, ${write('two')}, ${write('three')}]`
  const inventory = 'a\nb'

  test.for<[string[], string[], string[]]>([
    [
      ['y', 'N', 'yes'],
      ['one', 'two', 'three'],
      ['a one', 'b one', 'a three', 'b three'],
    ],
    [
      ['n', 'C', 'n'],
      ['one', 'two'],
      ['a two', 'b two', 'a three', 'b three'],
    ],
    [[], ['one', 'two', 'three'], []],
  ])('%s', async ([answers, asked, done], { site }) => {
    const { questions, story } = await site.play(three, { inventory, step: true, answers })
    expect(names(questions)).toEqual(asked)
    expect([...story].sort()).toEqual(done.map((each) => `${each}: changed`).sort())
  })

  test('the next task is asked for when all hosts are through with the one before', async ({
    site,
  }) => {
    const answers = ['y', 'y', 'y']
    const { story } = await site.play(three, { inventory, step: true, answers, forks: 1 })
    const order = story.map((line) => line.split(' ')[1])
    expect(order).toEqual(['one:', 'one:', 'two:', 'two:', 'three:', 'three:'])
  })

  test('in a check run, too', async ({ site }) => {
    const answers = ['y', 'n', 'y']
    const { story, exit } = await site.play(three, { step: true, answers, check: true })
    expect(story).toEqual(['here one: changed', 'here three: changed'])
    expect(exit).toBe(3)
    expect(await site.has('one-here')).toBe(false)
  })

  test('continue lasts to the end of a batch', async ({ site }) => {
    const yaml = three.replace('all', 'all\n  serial: 1')
    const answers = ['y', 'c', 'n', 'n', 'y']
    const { questions, story } = await site.play(yaml, { inventory, step: true, answers })
    expect(names(questions)).toEqual(['one', 'two', 'one', 'two', 'three'])
    expect(story).toHaveLength(4)
  })

  test('a loop is one task, a block and meta none, what is left out is asked for', async ({
    site,
  }) => {
    await site.write({ 'more.yml': '- { name: inner, debug: { msg: 1 } }' })
    const { questions, story } = await site.play(
      `
- hosts: all
  tasks:
    - { name: loops, debug: { msg: '{{ item }}' }, loop: [1, 2] }
    - block: [{ name: inside, debug: { msg: 1 }, when: false }]
      always: [{ name: last, debug: { msg: 1 } }]
    - meta: flush_handlers
    - { name: takes in, include_tasks: more.yml, loop: [1, 2] }
`,
      { step: true, answers: Array<string>(9).fill('y') },
    )
    expect(names(questions)).toEqual(['loops', 'inside', 'last', 'takes in', 'inner', 'inner'])
    expect(story).toHaveLength(6)
  })

  test('a handler that is not to run now is owed', async ({ site }) => {
    const yaml = `- hosts: all
  tasks: [{ ${write('one').slice(2, -2)}, notify: h }]
  handlers: [{ name: h, command: 'true' }]`
    const first = await site.play(yaml, { step: true, answers: ['y', 'n'] })
    expect(names(first.questions)).toEqual(['one', 'h'])
    expect(first.story).toEqual(['here one: changed'])
    expect((await site.play(yaml)).story).toEqual(['here one: ok', 'here h: changed'])
  })

  test('hosts at different tasks are asked one after the other', async ({ site }) => {
    const { questions, story, exit } = await site.play(
      `
- hosts: all
  tasks:
    - { name: only a, debug: { msg: 1 }, when: true }
    - block: [{ name: breaks, command: "test {{ inventory_hostname }} = b" }]
      rescue: [{ name: mends, debug: { msg: 1 } }]
    - { name: once, command: 'true', run_once: true }
    - { name: after, debug: { msg: 1 } }
`,
      { inventory, step: true, answers: Array<string>(9).fill('y') },
    )
    expect(exit).toBe(0)
    expect(names(questions).sort()).toEqual(['after', 'breaks', 'mends', 'once', 'only a'])
    expect(story.filter((line) => line.includes('after'))).toHaveLength(2)
  })

  test('when any_errors_fatal ended the play nothing more is asked', async ({ site }) => {
    const { questions, exit } = await site.play(
      `
- hosts: all
  any_errors_fatal: true
  tasks: [{ name: breaks, command: "test {{ inventory_hostname }} = b" }, ${write('one')}]
`,
      { inventory, step: true, answers: ['y', 'y'] },
    )
    expect(exit).toBe(2)
    expect(names(questions)).toEqual(['breaks'])
  })
})

describe('a pause that asks', () => {
  const yaml = `
- hosts: all
  tasks:
    - ${write('one')}
    - { pause: { prompt: 'is {{ inventory_hostname | default }} well?' }, register: said }
    - { name: hears, debug: { msg: '{{ said.user_input }}' } }
`.replace(' | default', '')

  test('all hosts meet, it is asked once, and all hear the answer', async ({ site }) => {
    const options = { inventory: 'a\nb\nc', answers: ['very'], forks: 1 }
    const { questions, story, tasks } = await site.play(yaml, options)
    expect(questions).toEqual(['is a well?: '])
    expect(story.slice(0, 3).every((line) => line.includes(' one: '))).toBe(true)
    expect(tasks.flatMap(({ message }) => message ?? [])).toEqual(['very', 'very', 'very'])
  })

  test('a check does not ask, and needs nobody who answers', async ({ site }) => {
    const { questions, exit } = await site.play(yaml, { check: true, canAsk: false })
    expect(questions).toEqual([])
    expect(exit).toBe(3)
  })

  test('with a time it says what it waits for', async ({ site }) => {
    const { questions, events } = await site.play(
      `- hosts: all\n  tasks: [{ pause: { seconds: 0, prompt: hold on } }]`,
    )
    expect(questions).toEqual([])
    expect(events).toContainEqual({ event: 'note', host: 'here', message: 'hold on' })
  })

  test('without a terminal it is an error before any host is contacted', async ({ site }) => {
    expect(await site.problems(yaml, { canAsk: false })).toEqual([
      'play.yml:5:7 pause asks, and there is no terminal to answer on | ' +
        'give it seconds or minutes, or leave it out with --skip-tags',
    ])
    const left = yaml.replace('register', 'tags: [ask], register')
    expect(await site.problems(left, { canAsk: false, skipTags: ['ask'] })).toEqual([])
  })

  test('a host that waits for a run_once of another does not hold up the question', async ({
    site,
  }) => {
    await site.write({
      'a.yml': `- pause:\n`,
      'b.yml': `- { command: 'true', run_once: true }\n`,
    })
    const { questions, exit } = await site.play(
      `- hosts: all\n  tasks: [{ include_tasks: '{{ inventory_hostname }}.yml' }]`,
      { inventory: 'a\nb' },
    )
    expect(questions).toEqual(['Press Enter to go on, Ctrl-C to end: '])
    expect(exit).toBe(2)
  })
})
