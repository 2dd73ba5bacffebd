import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { encode, FrameDecoder, prelude } from '../core/framing.js'
import type { Frame, Transport } from '../core/transport.js'

export function transportFor(_flags: unknown): Transport {
  return {
    open: () => {
      const child = spawn('sh', [], { stdio: 'pipe' })
      child.stdin.write(prelude('abc'))
      let trips = 0
      return Promise.resolve({
        get trips() {
          return trips
        },
        async *run(steps, mode) {
          trips++
          const nonce = randomBytes(12).toString('hex')
          const decoder = new FrameDecoder(nonce, steps.length)
          const frames: Frame[] = []
          let wake = () => {}
          const o = (b: Buffer) => {
            frames.push(...decoder.push('stdout', b))
            wake()
          }
          const e = (b: Buffer) => {
            frames.push(...decoder.push('stderr', b))
            wake()
          }
          child.stdout.on('data', o)
          child.stderr.on('data', e)
          child.stdin.write(encode(steps, mode, nonce))
          for (;;) {
            while (frames.length) yield frames.shift()!
            if (decoder.done) break
            await new Promise<void>((r) => {
              wake = r
            })
          }
          child.stdout.off('data', o)
          child.stderr.off('data', e)
        },
        upload: () => Promise.resolve(),
        close: () => {
          child.stdin.end()
          return Promise.resolve()
        },
      })
    },
  }
}
