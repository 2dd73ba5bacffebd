// The measurements for one number of hosts.
import { forkCounter, withLab } from './lab.js'
import { ansible, drPlay, floor, mitogen } from './tools.js'

/** Runs of what is quick; the median counts. What takes minutes is run once. */
const RUNS = 5
const FIRSTS = 3

const middle = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]

/** @returns { floor, drPlay, ansible, mitogen }, each { first, converged }: seconds, cpu, forks */
export async function measure(count, { peers, say }) {
  const firsts = []
  let quick
  for (let i = 0; i < FIRSTS; i++) {
    say(`${count} hosts: dr-play, first apply, ${i + 1} of ${FIRSTS}`)
    await withLab(count, async (bench) => {
      firsts.push(await changing(drPlay(bench)))
      if (i === FIRSTS - 1) quick = await sideBySide(bench, say)
    })
  }
  const results = {
    floor: { converged: quick.floor },
    drPlay: { first: median(firsts), converged: quick.drPlay },
  }
  for (const [name, tool] of Object.entries({ ansible, mitogen })) {
    if (!peers.includes(name)) continue
    say(`${count} hosts: ${name}`)
    results[name] = await withLab(count, (bench) => peer(bench, tool))
  }
  return results
}

/** The floor and the converged run in turns, so that both have the same weather. */
async function sideBySide(bench, say) {
  const runs = { floor: [], drPlay: [] }
  const forks = forkCounter(bench)
  for (let i = 0; i < RUNS; i++) {
    say(`${bench.count} hosts: the floor and dr-play, converged, ${i + 1} of ${RUNS}`)
    await forks()
    const bottom = await floor(bench)
    runs.floor.push({ ...bottom, forks: await forks() })
    const run = await idle(drPlay(bench))
    runs.drPlay.push({ ...run, forks: await forks() })
  }
  return { floor: median(runs.floor), drPlay: median(runs.drPlay) }
}

/** Proves, too, that it leaves the hosts as dr-play would. */
async function peer(bench, tool) {
  const forks = forkCounter(bench)
  const first = await changing(tool(bench))
  await idle(drPlay(bench, '--check'))
  await forks()
  const converged = await idle(tool(bench))
  return { first, converged: { ...converged, forks: await forks() } }
}

async function changing(running) {
  const run = await running
  if (!run.changed) throw new Error('a first apply changed nothing')
  return run
}

async function idle(running) {
  const run = await running
  if (run.changed) throw new Error(`there was something to change:\n${run.stdout.slice(-2000)}`)
  return run
}

function median(runs) {
  const of = (field) => middle(runs.map((run) => run[field]))
  return { seconds: of('seconds'), cpu: of('cpu'), forks: of('forks') }
}
