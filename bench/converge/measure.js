// The measurements for one number of hosts.
import { listen } from './asked.js'
import { byHand } from './by-hand.js'
import { forkCounter, withLab } from './lab.js'
import { ansible, drPlay, floor, mitogen, script } from './tools.js'

/** Runs of what is quick; the median counts. What takes minutes is run once. */
const RUNS = 5
const FIRSTS = 3

const middle = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]

/**
 * @returns { floor, script, drPlay, ansible, mitogen }, each { first, converged }: seconds, cpu,
 * all, forks
 */
export async function measure(count, { peers, say }) {
  const runs = { drPlay: [], script: [] }
  let quick
  for (let i = 0; i < FIRSTS; i++) {
    say(`${count} hosts: the first apply, by dr-play and by hand, ${i + 1} of ${FIRSTS}`)
    let hand
    await withLab(count, async (bench) => {
      const forks = forkCounter(bench)
      await forks()
      const run = await changing(drPlay(bench))
      runs.drPlay.push({ ...run, forks: await forks() })
      hand = await byHand(bench)
      if (i === FIRSTS - 1) quick = await sideBySide(bench, say)
    })
    await withLab(count, async (bench) => {
      const forks = forkCounter(bench)
      await forks()
      const run = await script(bench, hand)
      runs.script.push({ ...run, forks: await forks() })
      await idle(drPlay(bench, '--check'))
    })
  }
  const results = {
    floor: { converged: quick.floor },
    script: { first: median(runs.script), converged: quick.script },
    drPlay: { first: median(runs.drPlay), converged: quick.drPlay },
  }
  for (const [name, tool] of Object.entries({ ansible, mitogen })) {
    if (!peers.includes(name)) continue
    say(`${count} hosts: ${name}`)
    results[name] = await withLab(count, (bench) => peer(bench, tool))
  }
  return results
}

/** The floor, what dr-play asks, and the converged run in turns: all have the same weather. */
async function sideBySide(bench, say) {
  const runs = { floor: [], script: [], drPlay: [] }
  await idle(drPlay(bench))
  const asked = await listen(bench, () => idle(drPlay(bench)))
  const forks = forkCounter(bench)
  for (let i = 0; i < RUNS; i++) {
    say(
      `${bench.count} hosts: the floor, the questions and dr-play, converged, ${i + 1} of ${RUNS}`,
    )
    await forks()
    const bottom = await floor(bench)
    runs.floor.push({ ...bottom, forks: await forks() })
    const questions = await script(bench, asked)
    runs.script.push({ ...questions, forks: await forks() })
    const run = await idle(drPlay(bench))
    runs.drPlay.push({ ...run, forks: await forks() })
  }
  return Object.fromEntries(Object.entries(runs).map(([name, all]) => [name, median(all)]))
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
  return { seconds: of('seconds'), cpu: of('cpu'), all: of('all'), forks: of('forks') }
}
