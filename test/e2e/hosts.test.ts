import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/support.js'
import { changes, Cluster, failures, recap } from '../support/cluster.js'

const RS1 = '192.168.139.2'
const RS2 = '192.168.139.4'

describeLab('hosts that cannot be reached', () => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await Cluster.up('hosts')
    cluster.write('look.yml', '- hosts: realserver\n  tasks:\n    - command: "true"\n')
  })
  afterAll(() => cluster.down())

  const table = () => cluster.on('director', 'ipvsadm -S -n')
  const start = async (host: string) => {
    await cluster.lab.startHost(host)
    await cluster.lab.ready()
  }

  it('a dead real server: exit 4, the others finish, and it gets no place in the table', async () => {
    await cluster.lab.stopHost('rs2')
    const run = await cluster.play('site.yml', '--timeout', '3')
    expect(run.exit).toBe(4)
    expect(failures(run)).toHaveLength(1)
    expect(failures(run)[0]).toMatch(/^rs2: .*192\.168\.139\.4/)
    expect(recap(run)).toMatchObject({
      rs1: { failed: 0, unreachable: 0 },
      rs2: { ok: 0, changed: 0, failed: 0, unreachable: 1 },
      director: { failed: 0, unreachable: 0 },
    })
    expect(await table()).toBe(
      `-A -t 192.168.139.6:80 -s wlc\n-a -t 192.168.139.6:80 -r ${RS1}:80 -g -w 1\n`,
    )
    const page = 'curl -sS -m 5 http://192.168.139.6/ | grep -c "<h1>www.RS1"'
    expect(await cluster.client(`for i in 1 2 3; do ${page}; done`)).toBe('1\n1\n1\n')
  })

  it('once it is back, a run adds it', async () => {
    await start('rs2')
    const run = await cluster.play('site.yml')
    expect(run.exit).toBe(0)
    expect(changes(run).filter((each) => each.startsWith('rs1'))).toEqual([])
    expect(await table()).toContain(`-a -t 192.168.139.6:80 -r ${RS2}:80 -g -w 2\n`)
  })

  it('one that dies later keeps its place in the table, untouched', async () => {
    const before = await table()
    await cluster.lab.stopHost('rs2')
    const run = await cluster.play('site.yml', '--timeout', '3')
    expect(run.exit).toBe(4)
    expect(changes(run)).toEqual([])
    expect(await table()).toBe(before)
  })

  it('after its reboot nothing is left to do: all of it was for the next boot, too', async () => {
    await start('rs2')
    const check = await cluster.play('site.yml', '--check')
    expect(changes(check)).toEqual([])
    expect(check.exit).toBe(0)
  })

  it('a wrong key: exit 4 and what was tried; the other host finishes', async () => {
    await cluster.lab.controller(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', 'wrong'], {
      cwd: cluster.folder,
    })
    cluster.write('wrong.yml', 'all: {hosts: {rs1: {ansible_ssh_private_key_file: wrong}}}\n')
    const run = await cluster.play('look.yml', '-i', 'wrong.yml')
    expect(run.exit).toBe(4)
    expect(failures(run)).toHaveLength(1)
    expect(failures(run)[0]).toMatch(/^rs1: rs1 refused the login as root: tried .*wrong/)
    expect(hints(run.events)).toMatch(/ssh-copy-id root@192\.168\.139\.2/)
    expect(recap(run)).toMatchObject({ rs1: { unreachable: 1 }, rs2: { changed: 1 } })
  })

  it('an unreachable host outranks a failed one: exit 4, and both are told', async () => {
    cluster.write('fail.yml', '- hosts: realserver\n  tasks:\n    - fail: {msg: not today}\n')
    const run = await cluster.play('fail.yml', '-i', 'wrong.yml')
    expect(run.exit).toBe(4)
    expect(recap(run)).toMatchObject({ rs1: { unreachable: 1 }, rs2: { failed: 1 } })
  })

  it('an unknown host key: refused with its fingerprint; the other host finishes', async () => {
    const shown = await cluster.on('rs1', 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub')
    const fingerprint = shown.split(' ')[1]!
    cluster.write('none', '')
    cluster.write('unknown.yml', hostKeys('none'))
    const run = await cluster.play('look.yml', '-i', 'unknown.yml')
    expect(run.exit).toBe(4)
    expect(failures(run)).toHaveLength(1)
    expect(failures(run)[0]).toMatch(/^rs1: .*the host key of 192\.168\.139\.2 is not known/)
    expect(failures(run)[0]).toContain(fingerprint)
    expect(hints(run.events)).toContain('accept-new')
    expect(recap(run)).toMatchObject({ rs1: { unreachable: 1 }, rs2: { changed: 1 } })

    const taken = await cluster.play(
      'look.yml',
      ...['-i', 'unknown.yml', '--host-key-checking', 'accept-new', '--limit', 'rs1'],
    )
    expect(taken.exit).toBe(0)
    expect((await cluster.play('look.yml', '-i', 'unknown.yml')).exit).toBe(0)
  })

  it('a host key that is another one now: refused, with the old and the new', async () => {
    const key = await cluster.on('rs2', 'cut -d " " -f 1,2 /etc/ssh/ssh_host_ed25519_key.pub')
    cluster.write('other', `${RS1} ${key}`)
    cluster.write('changed.yml', hostKeys('other'))
    const run = await cluster.play('look.yml', '-i', 'changed.yml')
    expect(run.exit).toBe(4)
    expect(failures(run)).toHaveLength(1)
    expect(failures(run)[0]).toMatch(/host key of 192\.168\.139\.2 has CHANGED: .*other:1/)
    expect(hints(run.events)).toContain("ssh-keygen -R '192.168.139.2'")
  })
})

/** An inventory that has rs1 looked up in another file of known hosts. */
function hostKeys(file: string): string {
  return `all: {hosts: {rs1: {ansible_ssh_common_args: "-o UserKnownHostsFile=${file}"}}}\n`
}

function hints(events: readonly { event: string; hint?: string }[]): string {
  return events.flatMap(({ hint }) => hint ?? []).join('\n')
}
