import { sh } from '../core/sh.js'
import { type ServiceManager, type ServiceState, startLinks } from './service-manager.js'

/** One systemctl for all services; what only has an init script, by its start links. */
export const systemd: ServiceManager = {
  probe(services) {
    const names = services.map(({ name }) => name)
    return sh`systemctl show -p Names,ActiveState,UnitFileState ${names} 2>/dev/null
for name in ${names.map(withoutSuffix)}; do
  ${startLinks}
  echo "links $name $boot"
done`
  },

  read(stdout, names) {
    const units = stdout.split(/\n\n+/).map(properties)
    const links = new Map(
      Array.from(stdout.matchAll(/^links (\S+) (\S+)$/gm), ([, name, boot]) => [name, boot]),
    )
    return names.map((name) => {
      const unit = units.find((all) => all.get('Names')?.split(' ').includes(withSuffix(name)))
      return {
        running: running(unit?.get('ActiveState')),
        boot: boot(unit?.get('UnitFileState'), links.get(withoutSuffix(name)) === 'yes'),
      }
    })
  },

  // A unit file that an earlier task wrote counts at once, as it does for a new unit.
  act: (name, verb) => sh`case $(systemctl show -p NeedDaemonReload ${name}) in
  *=yes) systemctl daemon-reload ;;
esac
systemctl ${verb} ${name} || { systemctl status --no-pager --full --lines=15 ${name}; exit 1; } >&2`,
}

function properties(block: string): Map<string, string> {
  return new Map(
    Array.from(block.matchAll(/^(\w+)=(.*)$/gm), ([, key, value]) => [key!, value!] as const),
  )
}

function running(state = 'inactive'): ServiceState['running'] {
  if (['active', 'reloading', 'refreshing'].includes(state)) return 'yes'
  return ['inactive', 'failed'].includes(state) ? 'no' : 'changing'
}

function boot(state: string | undefined, startLinks: boolean): ServiceState['boot'] {
  if (state === 'generated') return startLinks ? 'yes' : 'no'
  if (state === 'enabled' || state === 'alias') return 'yes'
  return ['static', 'indirect', 'transient'].includes(state ?? '') ? 'fixed' : 'no'
}

const suffix = /\.(service|socket|timer|target|path|mount|automount|swap|slice|scope|device)$/

function withSuffix(name: string): string {
  return suffix.test(name) ? name : `${name}.service`
}

function withoutSuffix(name: string): string {
  return name.replace(/\.service$/, '')
}
