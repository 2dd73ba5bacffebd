import { existsSync, readdirSync, readlinkSync, statSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { afterEach, expect, it } from 'vitest'
import { Keeper } from '../../src/lab/keeper.js'
import { down, open } from '../../src/lab/lab.js'
import { capture, until } from '../../src/lab/process.js'
import { identify, isAlive, kill, lineage, processes } from '../../src/lab/procfs.js'
import type { ProcessId } from '../../src/lab/procfs.js'
import { layOut } from '../../src/lab/spec.js'
import type { Plan } from '../../src/lab/spec.js'
import type { LabSpec } from '../../src/lab/spec.js'
import { create, load, pathsOf, save } from '../../src/lab/state.js'
import { up } from '../../src/lab/up.js'
import { client, describeLab, DIRECTOR, RS1, spec, ssh } from './support.js'

describeLab('the life of a lab', () => {
  const one = spec('one', [RS1])
  const two = spec('two', [RS1])

  afterEach(async () => {
    for (const { name } of [one, two]) await down(name)
  })

  it('goes side by side with another lab of the same addresses', async () => {
    const labs = await Promise.all([up(one), up(two)])
    for (const lab of labs) await ssh(lab, RS1, `echo ${lab.plan.name} > /etc/motd`)
    for (const lab of labs) {
      expect(await ssh(lab, RS1, 'cat /etc/motd')).toBe(`${lab.plan.name}\n`)
      expect(await client(lab, `arping -b -c 2 -I eth0 ${RS1.address}`)).toMatch(/Received 2 resp/)
    }
    await labs[0].down()
    expect(await ssh(open(two.name), RS1, 'cat /etc/motd')).toBe(`${two.name}\n`)
  })

  it.each([
    ['light', {}],
    ['with systemd', { systemd: true }],
    ['of EL', { flavor: 'el' as const }],
  ])('leaves nothing behind: %s', async (_, more) => {
    const wide: LabSpec = { ...one, hosts: [DIRECTOR, RS1], ...more }
    const lab = await up(wide)
    const shell = spawn('nsenter', [
      `--net=/proc/${keeperOf(one).pid}/root/run/netns/client`,
      'sleep',
      '600',
    ])
    expect(
      await until(() => Boolean(shell.pid && netOf(shell.pid) !== netOf(process.pid)), 10),
    ).toBe(true)
    const trace = await traceOf(one)
    expect(trace.processes.length).toBeGreaterThan(5)
    expect(trace.networks).toHaveLength(3)
    expect(trace.cgroups.length > 0).toBe('flavor' in more || 'systemd' in more)
    trace.processes.push(identify(shell.pid!)!)
    await lab.down()
    expect(await left(trace)).toEqual(nothing(trace))
    expect(existsSync(pathsOf(one.name).root)).toBe(false)
  })

  it('shows nothing of itself to the machine while it is up', async () => {
    await up(one)
    const { stdout } = await capture(['sh', '-c', 'ip netns; ip link; cat /proc/self/mounts'])
    expect(stdout).not.toMatch(/dr-play-lab|\/run\/lab|pc0a88b02|rs1/)
  })

  it('is there once: a second one of its name is refused', async () => {
    await up(one)
    await expect(up(one)).rejects.toThrow(`there is a lab named "${one.name}" already`)
    expect((await open(one.name).status()).map(({ answers }) => answers)).toEqual([true, true])
  })

  it('is cleared away when it is given up while it boots', async () => {
    const abort = new AbortController()
    const log = (line: string) => {
      if (line.startsWith('booting')) setTimeout(() => abort.abort(), 100)
    }
    await expect(
      up({ ...one, hosts: [DIRECTOR, RS1] }, { log, signal: abort.signal }),
    ).rejects.toThrow('interrupted')
    expect(existsSync(pathsOf(one.name).root)).toBe(false)
  })

  it('is cleared away by down when it was only half made', async () => {
    const half = planOf(one)
    create(half)
    const keeper = await Keeper.start(pathsOf(one.name).log, (id) =>
      save({ plan: half, keeper: id }),
    )
    expect(await down(one.name)).toBe(true)
    expect(isAlive(keeper.id)).toBe(false)
    expect(existsSync(pathsOf(one.name).root)).toBe(false)
  })

  it('is cleared away by down when nothing but its folder is there', async () => {
    create(planOf(one))
    expect(() => open(one.name)).toThrow(/not running any more/)
    expect(await down(one.name)).toBe(true)
    expect(await down(one.name)).toBe(false)
    expect(() => open(one.name)).toThrow(/no lab named/)
  })

  it('says so when it crashed, and is cleared away by down', async () => {
    await up(one)
    const trace = await traceOf(one)
    kill(keeperOf(one), 'SIGKILL')
    expect(await until(() => trace.processes.every((id) => !isAlive(id)), 10)).toBe(true)
    expect(() => open(one.name)).toThrow(/not running any more/)
    await down(one.name)
    expect(await left(trace)).toEqual(nothing(trace))
  })

  it('does not take a stranger for its keeper', async () => {
    const made = planOf(one)
    create(made)
    save({ plan: made, keeper: { pid: process.ppid, started: '1' } })
    await down(one.name)
    expect(identify(process.ppid)).toBeDefined()
  })

  it('ends with who makes it, when that ends before having noted it', async () => {
    const noted: ProcessId[] = []
    create(planOf(one))
    const start = Keeper.start(pathsOf(one.name).log, (id) => {
      noted.push(id)
      throw new Error('disk full')
    })
    await expect(start).rejects.toThrow('disk full')
    expect(await until(() => !isAlive(noted[0]!), 10)).toBe(true)
  })
})

function planOf(lab: LabSpec): Plan {
  return { ...layOut(lab), kernel: 'uml' }
}

/** What there is of a lab, beside its folder. */
interface Trace {
  lab: string
  processes: ProcessId[]
  /** Network namespaces in which a process lives, as net:[4026531840]. */
  networks: string[]
  cgroups: string[]
}

function keeperOf({ name }: LabSpec): ProcessId {
  return load(name)!.keeper!
}

function netOf(pid: number): string {
  return readlinkSync(`/proc/${pid}/ns/net`)
}

async function traceOf(lab: LabSpec): Promise<Trace> {
  const all = processes()
  const { pid } = keeperOf(lab)
  const netns = `/proc/${pid}/root/run/netns`
  return left({
    lab: lab.name,
    processes: all.map(({ id }) => id).filter((id) => lineage(all, id.pid).has(pid)),
    networks: readdirSync(netns).map((name) => `net:[${statSync(`${netns}/${name}`).ino}]`),
    cgroups: [],
  })
}

/** What is still there of it. */
async function left(trace: Trace): Promise<Trace> {
  const nets = processes().map(({ net }) => net)
  const groups = await capture(['find', '/sys/fs/cgroup', '-path', `*/dr-play-lab/${trace.lab}`])
  return {
    lab: trace.lab,
    processes: trace.processes.filter(isAlive),
    networks: trace.networks.filter((net) => nets.includes(net)),
    cgroups: groups.stdout.split('\n').filter(Boolean),
  }
}

function nothing({ lab }: Trace): Trace {
  return { lab, processes: [], networks: [], cgroups: [] }
}
