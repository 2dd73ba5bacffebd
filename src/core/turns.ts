const waiting: (() => void)[] = []

/**
 * Has work done in a turn of the event loop that no other work of this kind is done in, first come,
 * first served. Many hosts begin, or have answered, in the same moment: done at once, that would be
 * one long turn, in which neither a timer nor a signal is heard.
 */
export function takeTurn(work: () => void): void {
  if (waiting.push(work) === 1) setImmediate(next)
}

function next(): void {
  try {
    waiting[0]!()
  } finally {
    waiting.shift()
    // Asked for by an immediate, this is one of the next turn.
    if (waiting.length > 0) setImmediate(next)
  }
}
