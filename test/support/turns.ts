/** Counts the turns of the event loop. */
export function countTurns(): { readonly now: number; stop(): void } {
  let now = 0
  let next: NodeJS.Immediate
  const turn = (): void => {
    now++
    next = setImmediate(turn)
  }
  turn()
  return {
    get now() {
      return now
    },
    stop: () => clearImmediate(next),
  }
}
