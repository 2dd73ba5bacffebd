import type { AnyResource } from '../core/resource.js'
import { address } from './address.js'
import { arpAnswers } from './arp-answers.js'
import { assert } from './assert.js'
import { command } from './command.js'
import { copy } from './copy.js'
import { debug } from './debug.js'
import { fail } from './fail.js'
import { file } from './file.js'
import { http } from './http.js'
import { ipvsDrained } from './ipvs-drained.js'
import { ipvsSave } from './ipvs-save.js'
import { ipvsServer } from './ipvs-server.js'
import { ipvsService } from './ipvs-service.js'
import { ipvsTable } from './ipvs-table.js'
import { ipvsTimeouts } from './ipvs-timeouts.js'
import { ipvsWatch } from './ipvs-watch.js'
import { packages } from './package.js'
import { route } from './route.js'
import { service } from './service.js'
import { setup } from './setup.js'
import { shell } from './shell.js'
import { sysctlBoot } from './sysctl-boot.js'
import { sysctl } from './sysctl.js'
import { template } from './template.js'
import { vipPath } from './vip-path.js'
import { waitFor } from './wait-for.js'

const all: readonly AnyResource[] = [
  address,
  arpAnswers,
  assert,
  command,
  copy,
  debug,
  fail,
  file,
  http,
  ipvsDrained,
  ipvsSave,
  ipvsServer,
  ipvsService,
  ipvsTable,
  ipvsTimeouts,
  ipvsWatch,
  packages,
  route,
  service,
  setup,
  shell,
  sysctl,
  sysctlBoot,
  template,
  vipPath,
  waitFor,
]

/** Every module, by the key that playbooks call it with. */
export const resources: ReadonlyMap<string, AnyResource> = new Map(
  all.map((one) => [one.type, one]),
)
