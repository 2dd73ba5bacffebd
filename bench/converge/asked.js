// What dr-play says to a host, as bytes for a shell: what it costs to ask is the host's share, whoever
// asks.
import { realServers } from './lab.js'

/** In the host's place of sh: keeps what comes, and hands it on. Scripts and -c go to sh itself. */
const LISTENER = `#!/bin/bash
[ $# = 0 ] || exec dash "$@"
tee /root/asked | dash
`

/** Listens, on the first host, to what comes to its shell while the body runs. */
export async function listen({ lab }, body) {
  const [{ name }] = realServers({ lab })
  const host = async (script, ...words) => {
    const { status, stdout, stderr } = await lab.exec(name, [
      'dash',
      '-c',
      script,
      'dash',
      ...words,
    ])
    if (status !== 0) throw new Error(`${name}: ${stderr}`)
    return stdout
  }
  await host('printf %s "$1" >/bin/sh.listen && chmod 755 /bin/sh.listen', LISTENER)
  await host('cp -P /bin/sh /bin/sh.own && mv /bin/sh.listen /bin/sh')
  try {
    await body()
  } finally {
    await host('mv /bin/sh.own /bin/sh')
  }
  return host('cat /root/asked && rm /root/asked')
}
