import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sh } from '../../src/core/sh.js'
import { packages } from '../../src/resources/package.js'
import {
  apply,
  expectConverges,
  expectInState,
  observe,
  observeAll,
  runScript,
  type Surroundings,
} from '../support/converge.js'
import { canHaveMachine, openMachine, type PrivateMachine } from '../support/private-machine.js'

// Debian's dnf and rpm, on a repository of our own. Where they are not installed, the private
// machine gets them for itself.
describe.runIf(canHaveMachine)('dnf and rpm', () => {
  let machine: PrivateMachine
  let here: Surroundings

  beforeAll(async () => {
    machine = await openMachine(true)
    here = { shell: machine.shell, facts: { pkg_mgr: 'dnf' } }
    for (const script of [haveTools, makeRepository]) {
      const { status, stderr } = await runScript(script, here)
      expect(status, stderr).toBe(0)
    }
  })
  afterAll(() => machine.close())

  test('installs what is missing, and removes what is there', async () => {
    const one = { name: 'dr-test-one' }
    await expectConverges(packages, one, here)
    const both = { name: ['dr-test-one', 'dr-test-two.noarch'] }
    const { plan } = await expectConverges(packages, both, here)
    expect(plan.map(({ summary }) => summary)).toEqual(['install dr-test-two.noarch'])
    await expectInState(packages, both, here)
    const gone = { name: ['dr-test-missing', ...both.name], state: 'absent' } as const
    await expectConverges(packages, gone, here)
    await expectInState(packages, gone, here)
  })

  test('asks for many at once', async () => {
    await expectConverges(packages, { name: 'dr-test-one' }, here)
    const names = ['dr-test-two', 'dr-test-one', 'dr-test']
    const all = await observeAll(
      packages,
      names.map((name) => ({ name })),
      here,
    )
    expect(all.map(({ plan }) => plan.length)).toEqual([1, 0, 1])
  })

  test('shows why a package cannot be installed', async () => {
    const { plan } = await observe(packages, { name: 'dr-test-missing' }, here)
    const [outcome] = await apply(plan, here)
    expect(outcome).toMatchObject({ status: 1, stdout: '' })
    expect(outcome?.stderr).toContain('dr-test-missing')
  })
})

const haveTools = sh`have() { command -v dnf && command -v rpmbuild && command -v createrepo_c; }
get() { apt-get install -y -q --no-install-recommends dnf rpm createrepo-c; }
have || { export DEBIAN_FRONTEND=noninteractive; get || { apt-get update && get; }; }`

const makeRepository = sh`set -e
mount -t tmpfs srv /srv
cd /srv
mkdir repo
for name in dr-test-one dr-test-two; do
  cat >spec <<END
Name: $name
Version: 1
Release: 1
Summary: a package for a test
License: MIT
BuildArch: noarch
%description
A package for a test.
%files
END
  rpmbuild -bb --define '_topdir /srv/build' --define '_rpmdir /srv/repo' spec
done
createrepo_c repo
mkdir -p /etc/yum.repos.d
cat >/etc/yum.repos.d/test.repo <<END
[test]
name=test
baseurl=file:///srv/repo
gpgcheck=0
END`
