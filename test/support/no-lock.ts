import { join } from 'node:path'

/**
 * A PATH for runs whose hosts are this machine: its flock does nothing, so that they neither wait
 * for each other nor for what else is at work here.
 */
export const PATH = `${join(import.meta.dirname, 'bin')}:${process.env.PATH}`
