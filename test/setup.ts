import { spawnSync } from 'node:child_process'
import { installPackages, missingPackages, whyNot } from '../src/lab/needs.js'

/** Beside what the lab needs: the referees, and the tools whose real selves are tried. */
const TOOLS = ['ansible-core', 'sudo', 'rpm', 'dnf', 'createrepo-c', 'python3', 'redis-server']

/** Before all tests: installs the Debian packages that they need, or says what is left out. */
export default async function setup(): Promise<void> {
  const say = (line: string) => console.log(`npm test: ${line}`)
  const reason = whyNot()
  if (reason !== undefined) {
    say(`the tests of the lab, and those that need namespaces, are left out. ${reason}`)
    return
  }
  const installed = (name: string) =>
    spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', name], { encoding: 'utf8' })
      .stdout === 'installed'
  const tools = TOOLS.filter((name) => !installed(name))
  await installPackages([...missingPackages({ systemd: true }), ...tools], say)
}
