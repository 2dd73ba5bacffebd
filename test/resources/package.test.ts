import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sh } from '../../src/core/sh.js'
import { packages } from '../../src/resources/package.js'
import {
  apply,
  expectConverges,
  expectInState,
  isValid,
  observe,
  observeAll,
  runScript,
  type Surroundings,
} from '../support/converge.js'
import { canHaveMachine, openMachine, type PrivateMachine } from '../support/private-machine.js'

test.each([
  [{ name: 'apache2' }, true],
  [{ name: ['libc6:amd64', 'g++'], state: 'present' }, true],
  [{ name: [] }, false],
  [{ name: '-y' }, false],
  [{ name: 'apache*' }, false],
  [{ name: 'apache2=2.4' }, false],
  [{ name: 'apache2', state: 'installed' }, false],
])('the schema on %j: %s', (args, valid) => {
  expect(isValid(packages, args)).toBe(valid)
})

test('says which package managers it knows', async () => {
  await expect(observe(packages, { name: 'a' }, { facts: { pkg_mgr: 'apk' } })).rejects.toThrow(
    'the package manager is apk',
  )
})

describe.runIf(canHaveMachine)('apt', () => {
  let machine: PrivateMachine
  let here: Surroundings
  const run = async (script: typeof makeRepository) => {
    const { status, stdout, stderr } = await runScript(script, here)
    expect(status, stderr).toBe(0)
    return stdout
  }

  beforeAll(async () => {
    machine = await openMachine()
    here = { shell: machine.shell, facts: { pkg_mgr: 'apt' } }
    await run(makeRepository)
    await run(publish('dr-test-one', 'echo one >/run/dr-test-one'))
    await run(publish('dr-test-two', 'sleep 1000 & # and keeps its output open'))
    await run(publish('dr-test-broken', 'echo no such user; exit 1'))
  })
  afterAll(() => machine.close())

  // The host has not read the lists yet, so the first of these has to.
  test('installs what is missing, and removes what is there', async () => {
    const names = ['dpkg', 'dr-test-one', 'dr-test-two']
    const { plan } = await expectConverges(packages, { name: names }, here)
    expect(plan.map(({ summary }) => summary)).toEqual(['install dr-test-one, dr-test-two'])
    expect(await run(sh`cat /run/dr-test-one`)).toBe('one\n')
    await expectInState(packages, { name: names, state: 'present' }, here)
    const gone = {
      name: ['dr-test-missing', 'dr-test-one', 'dr-test-two'],
      state: 'absent',
    } as const
    const removed = await expectConverges(packages, gone, here)
    expect(removed.plan.map(({ summary }) => summary)).toEqual(['remove dr-test-one, dr-test-two'])
    await expectInState(packages, gone, here)
  })

  test('installs again what was removed without its configuration', async () => {
    await expectConverges(packages, { name: 'dr-test-one' }, here)
    await run(sh`dpkg --remove dr-test-one`)
    await expectConverges(packages, { name: 'dr-test-one' }, here)
  })

  test('finds what came into the repository since the lists were read', async () => {
    await run(publish('dr-test-new', 'exit 0'))
    await expectConverges(packages, { name: 'dr-test-new' }, here)
  })

  test('asks for many at once', async () => {
    const all = await observeAll(
      packages,
      [
        { name: 'dpkg' },
        { name: ['dr-test-missing', 'dpkg:amd64'] },
        { name: 'dpk' },
        { name: 'dpkg:riscv64' },
      ],
      here,
    )
    expect(all.map(({ plan }) => plan[0]?.summary)).toEqual([
      undefined,
      'install dr-test-missing',
      'install dpk',
      'install dpkg:riscv64',
    ])
  })

  test('sees each installed package as dpkg-query does', async () => {
    const everything = await run(sh`dpkg-query -W -f '\${binary:Package}\n'`)
    const names = everything.trim().split('\n')
    expect(names.length).toBeGreaterThan(50)
    const [one] = await observeAll(packages, [{ name: names }], here)
    const status = await run(sh`dpkg-query -W -f '\${db:Status-Status} \${binary:Package}\n'`)
    expect([...one!.have].sort()).toEqual(
      Array.from(status.matchAll(/^installed (.*)$/gm), ([, name]) => name!).sort(),
    )
  })

  test('asks dpkg itself when it has not come to its end', async () => {
    await run(sh`cp /var/lib/dpkg/status /var/lib/dpkg/status.was
printf 'Package: dpkg\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1\n' \
  >/var/lib/dpkg/updates/0000`)
    const { plan } = await observe(packages, { name: 'dpkg' }, here)
    expect(plan.map(({ summary }) => summary)).toEqual(['install dpkg'])
    await run(sh`rm /var/lib/dpkg/updates/0000; mv /var/lib/dpkg/status.was /var/lib/dpkg/status`)
    await expectInState(packages, { name: 'dpkg' }, here)
  })

  test.each([
    ['dr-test-missing', 'Unable to locate package dr-test-missing'],
    ['dr-test-broken', 'no such user'],
  ])('shows why %s cannot be installed', async (name, reason) => {
    const { plan } = await observe(packages, { name }, here)
    const [outcome] = await apply(plan, here)
    expect(outcome).toMatchObject({ status: 1, stdout: '' })
    expect(outcome?.stderr).toContain(reason)
  })
})

/** A package repository in /srv, and no other. */
const makeRepository = sh`set -e
mount -t tmpfs srv /srv
rm -rf /etc/apt/sources.list.d
echo 'deb [trusted=yes] file:/srv ./' >/etc/apt/sources.list
: >/srv/Packages`

/** Puts a package into the repository. */
function publish(name: string, installScript: string) {
  return sh`set -e
umask 022
cd /srv
mkdir -p ${name}/DEBIAN
cat >${name}/DEBIAN/control <<END
Package: ${name}
Version: 1.0
Architecture: all
Maintainer: nobody <nobody@example.org>
Description: a package for a test
END
printf '#!/bin/sh\n%s\n' ${installScript} >${name}/DEBIAN/postinst
chmod 755 ${name}/DEBIAN/postinst
dpkg-deb -b ${name} ${name}.deb
set -- $(sha256sum ${name}.deb) $(wc -c <${name}.deb)
{ dpkg-deb -f ${name}.deb; echo "Filename: ./$2"; echo "Size: $3"; echo "SHA256: $1"; echo; } >>Packages`
}
