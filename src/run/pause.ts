import { setTimeout as sleep } from 'node:timers/promises'
import { Interrupted } from '../core/errors.js'

/** @throws Interrupted */
export async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(seconds * 1000, undefined, { signal })
  } catch {
    throw new Interrupted()
  }
}
