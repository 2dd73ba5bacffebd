interface Stream {
  isTTY?: boolean
}

/** Whether it is a terminal whose cursor can be moved: `TERM=dumb`, as in an editor, has none. */
export function canDraw(stream: Stream): boolean {
  return stream.isTTY === true && !['', 'dumb', undefined].includes(process.env.TERM)
}

/** Whether text may have colours there. See no-color.org. */
export function hasColour(stream: Stream): boolean {
  return canDraw(stream) && !process.env.NO_COLOR
}
