import { whyNot } from '../src/lab/needs.js'
import { withSbin } from '../src/lab/sbin.js'
import { installPackages, missingPackages, notInstalled } from '../src/lab/packages.js'

/** Beside what the lab needs: the referees, and the tools whose real selves are tried. */
const TOOLS = [
  'ansible-core',
  'sudo',
  'rpm',
  'dnf',
  'createrepo-c',
  'python3',
  'redis-server',
  'wget',
]

/** Before all tests: installs the Debian packages that they need, or says what is left out. */
export default async function setup(): Promise<void> {
  const say = (line: string) => console.log(`npm test: ${line}`)
  process.env.PATH = withSbin(process.env.PATH)
  const reason = whyNot()
  if (reason !== undefined) {
    say(`the tests of the lab, and those that need namespaces, are left out. ${reason}`)
    return
  }
  await installPackages([...missingPackages({ systemd: true }), ...notInstalled(TOOLS)], say)
}
