import { expect } from 'vitest'
import { listHosts, listTasks } from '../../src/cli/listings.js'
import { test } from '../support/play.js'

test('hosts and tasks of each play', async ({ site }) => {
  await site.write({
    'roles/web/tasks/main.yml': '- { name: in role, debug: { msg: x }, tags: r }',
  })
  const { plays } = await site.load(
    `
- { name: first, hosts: web, roles: [web], tasks: [{ debug: { msg: x } }] }
- { hosts: all, tasks: [{ name: skipped, debug: { msg: x }, tags: s }] }
`,
    { inventory: 'c\n[web]\na\nb', limit: 'a,c', skipTags: ['s'] },
  )
  expect(listHosts(plays)).toMatchInlineSnapshot(`
    "
      play #1 (web): first
        pattern: web
        hosts (1):
          a

      play #2 (all): all
        pattern: all
        hosts (2):
          c
          a
    "
  `)
  expect(listTasks(plays)).toMatchInlineSnapshot(`
    "
      play #1 (web): first
        tasks:
          web : in role	TAGS: [r]
          debug x	TAGS: []

      play #2 (all): all
        tasks:
    "
  `)
})
