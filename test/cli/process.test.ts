import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { MAIN } from '../support/program.js'

it('dr-play import - reads stdin', () => {
  const args = [MAIN, 'import', '-', '--director', 'lb=10.0.0.1']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    input: '-A -t 10.0.0.6:80 -s rr -p 300\n-a -t 10.0.0.6:80 -r 10.0.0.2:80 -g -w 3\n',
    encoding: 'utf8',
  })
  expect(stderr).toMatch(/^\(stdin\): read as ipvsadm/)
  expect(stdout).toContain('scheduler: rr ')
  expect(stdout).toContain('# (stdin):2')
  expect(status).toBe(0)
})
