import { describe } from 'vitest'
import { whyNot } from '../../src/lab/needs.js'
import type { Lab } from '../../src/lab/lab.js'
import type { LabHost, LabSpec } from '../../src/lab/spec.js'

const reason = whyNot()

/** Tests that need a lab: where none can be made, the report names them, and why not. */
export function describeLab(title: string, body: () => void): void {
  if (reason === undefined) describe(title, { timeout: 120_000 }, body)
  else describe.skip(`${title}: left out. ${reason}`, body)
}

export const DIRECTOR: LabHost = host('director', 3, 'director')
export const RS1: LabHost = host('rs1', 2, 'realserver')
export const RS2: LabHost = host('rs2', 4, 'realserver')
export const VIP = '192.168.139.6'

/** A lab of the reference cluster's addresses, with a name of this test run's own. */
export function spec(name: string, hosts: LabHost[], more: Partial<LabSpec> = {}): LabSpec {
  return {
    name: `${name}-${process.pid}`,
    hosts,
    flavor: 'debian',
    systemd: false,
    reserved: [VIP],
    ...more,
  }
}

function host(name: string, last: number, role: LabHost['role']): LabHost {
  return { name, address: `192.168.139.${last}`, prefix: 24, role }
}

/** Runs sh text on a host, by ssh from the controller as dr-play would; what it printed. */
export async function ssh(lab: Lab, to: LabHost, script: string): Promise<string> {
  const { privateKeyFile, knownHostsFile, user } = lab.connection
  const { status, stdout, stderr } = await lab.controller([
    ...['ssh', '-F', 'none', '-i', privateKeyFile, '-o', `UserKnownHostsFile=${knownHostsFile}`],
    ...['-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=yes', '-o', 'LogLevel=ERROR'],
    ...['-o', 'KexAlgorithms=curve25519-sha256', `${user}@${to.address}`, script],
  ])
  if (status !== 0) throw new Error(`${to.name}: "${script}" exited with ${status}: ${stderr}`)
  return stdout
}

/** Sh text's output in the client. */
export async function client(lab: Lab, script: string): Promise<string> {
  return (await lab.client(['sh', '-c', script])).stdout
}
