import type { Position } from '../../../core/errors.js'
import { canonical } from '../../ip.js'
import type { Told, ToldAddress } from '../told.js'
import type { Statement } from './blocks.js'

/** Adds what a vrrp_instance tells: its VIPs, and the directors' own addresses. */
export function vrrpInstance({ block = [], at }: Statement, told: Told): void {
  told.vrrp ??= at
  const first = (keyword: string) => block.find((each) => each.keyword === keyword)
  const device = first('interface')?.words[0]
  for (const { keyword, words, at, block: lines = [] } of block) {
    if (/^virtual_ipaddress(_excluded)?$/.test(keyword)) {
      for (const line of lines) told.addresses.push(...vip(line, device))
    } else if (keyword === 'mcast_src_ip' || keyword === 'unicast_src_ip') {
      director(words[0], at, told)
    } else if (keyword === 'unicast_peer') {
      for (const line of lines) director(line.keyword, line.at, told)
    } else if (keyword === 'use_vmac') {
      told.notes.push({
        at,
        message: 'use_vmac puts the VIP on an interface of its own',
        hint: 'set vip_interface to the name that `ip addr` shows',
      })
    }
  }
}

function director(text: string | undefined, at: Position, told: Told): void {
  const address = canonical(text ?? '')
  if (address === undefined || told.directors.some((each) => each.address === address)) return
  told.directors.push({ address, at })
}

/** `192.168.139.6/24 dev eth0 label eth0:1`; without a length keepalived takes /32. */
function vip({ keyword, words, at }: Statement, device = 'eth0'): ToldAddress[] {
  const [text = '', length] = keyword.split('/')
  const address = canonical(text)
  if (address === undefined) return []
  const after = (word: string) => {
    const place = words.indexOf(word)
    return place < 0 ? undefined : words[place + 1]
  }
  const label = after('label')
  const prefix = length === undefined ? (address.includes(':') ? 128 : 32) : Number(length)
  return [
    {
      on: 'director',
      address,
      device: after('dev') ?? device,
      ...(label === undefined ? {} : { label }),
      prefix,
      at,
    },
  ]
}
