import { describe, expect, test } from 'vitest'
import { where } from '../../src/core/errors.js'
import { parseIni } from '../../src/site/ini.js'
import { groupsOf, hostsOf, type Inventory } from '../../src/site/inventory.js'
import { InventoryBuilder } from '../../src/site/inventory-builder.js'

function read(text: string): { inventory: Inventory; errors: string[] } {
  const builder = new InventoryBuilder()
  parseIni(text, 'inv', builder)
  const errors = builder.errors.map(({ at, message, hint }) =>
    [at && where(at), message, hint].filter(Boolean).join(' | '),
  )
  return { inventory: builder.build(), errors }
}

function varsOf(inventory: Inventory, host: string): Record<string, unknown> {
  const entries = [...(inventory.hosts.get(host)?.vars ?? [])]
  return Object.fromEntries(entries.map(([name, { value }]) => [name, value]))
}

describe('an INI inventory', () => {
  test('is sections of hosts, of children and of variables', () => {
    const { inventory, errors } = read(`
lonely
[director]
director ansible_host=192.168.139.3   # the DIP
[realserver]
rs[1:2] weight=1
rs2 weight=2
[cluster:children]
director
realserver
[cluster:vars]
vip = 192.168.139.6
`)
    expect(errors).toEqual([])
    expect([...inventory.hosts.keys()]).toEqual(['lonely', 'director', 'rs1', 'rs2'])
    expect(hostsOf(inventory, 'cluster')).toEqual(['director', 'rs1', 'rs2'])
    expect(hostsOf(inventory, 'all')).toEqual(['lonely', 'director', 'rs1', 'rs2'])
    expect(groupsOf(inventory, 'rs1')).toEqual(['all', 'cluster', 'realserver'])
    expect(varsOf(inventory, 'rs2')).toEqual({ weight: 2 })
    expect(inventory.groups.get('cluster')?.vars.get('vip')).toEqual({
      value: '192.168.139.6',
      at: { file: 'inv', line: 12, col: 7 },
    })
    expect(inventory.groups.get('ungrouped')?.hosts).toEqual(['lonely'])
  })

  test.each([
    ['[web', 'the bracket [ is never closed'],
    ['[a b]', 'inv:1:1 | "[a b]" is not a section header'],
    ['[web] ; no', '"[web] ; no" is not a section header'],
    ['[web:host]', 'inv:1:6 | section [web:host]: unknown kind "host" | did you mean "hosts"?'],
    ['h x', 'inv:1:3 | "x" is not of the form name=value'],
    ['  h a=1 =2', 'inv:1:10 | "=2" is not of the form name=value'],
    ['h a="1', 'inv:1:5 | the quote " is never closed'],
    ['h a=1\\', 'inv:1:6 | a backslash at the end of the line escapes nothing'],
    ['[web:vars]\na=1', 'inv:1:1 | variables for group "web", which is not declared'],
    ['[webs]\n[web:vars]\na=1', 'which is not declared | did you mean "webs"?'],
    ['[a:children]\nb', 'inv:2:1 | group "a" has the child "b", which is not declared'],
    ['[a:children]\nb c', 'inv:2:1 | "b c" is not the name of a group'],
    ['[a:children]\na', 'inv:2:1 | group "a" cannot be its own child'],
    ['[a:children]\nb\n[b:children]\na', 'already holds'],
    ['[a]\n[a:children]\nall', 'already holds'],
    ['[a]\n[a:vars]\nx', 'inv:3:1 | "x" is not of the form name=value'],
    ['---', 'inv:1:1 | "---" cannot be the name of a host | this looks like YAML'],
    ['web:', 'inv:1:1 | "web:" cannot be the name of a host'],
    ['h\n[a]\nh:22', 'inv:3:1 | "h" is known already, and not with port 22'],
    ['web[5:1]', 'inv:1:1 | "web[5:1]": the range [5:1] is empty'],
    ['web[1:3', 'inv:1:1 | "web[1:3": the bracket [ is never closed'],
    ['web[01:3]', 'both ends of [01:3] need the same number of digits'],
    ['web[a:3]', '[a:3] must go from number to number or from letter to letter'],
    ['web[1:3:0]', 'the step of [1:3:0] must be 1 or more'],
    ['web[1:]', 'the range [1:] has no end'],
    ['web[1:99999999]', 'more than 1000000 hosts'],
    ['web:99999', '99999 is not a port'],
    ['[a]\n[a:vars]\nansible_group_priority=high', 'inv:3:24 | ansible_group_priority'],
  ])('%j is refused', (text, message) => {
    expect(read(text).errors.join('\n')).toContain(message)
  })
})
