import { describe, expect, it } from 'vitest'
import { guessFormat, readAs } from '../../../src/lvs/import/format.js'
import { diskOf, tableOf } from './support.js'

const texts = {
  ipvsadm: '# ipvsadm.rules\n-A -t 10.0.0.6:80 -s rr\n',
  scripts: 'VIP=10.0.0.6\nipvsadm -A -t $VIP:80 -s rr\n',
  keepalived: 'virtual_server 10.0.0.6 80 {\n protocol TCP\n lb_algo rr\n}\n',
  ldirectord: 'virtual=10.0.0.6:80\n\tscheduler=rr\n',
} as const

describe('a format is told from the text', () => {
  it.each(Object.entries(texts))('%s', (format, text) => {
    expect(guessFormat(text, 'x').format).toBe(format)
    const context = { disk: diskOf(), resolve: () => undefined }
    const table = '-A -t 10.0.0.6:80 -s rr\n'
    expect(tableOf(readAs(format as keyof typeof texts, text, 'x', context))).toBe(table)
    // From Windows, with a byte order mark.
    const theirs = `\uFEFF${text.replaceAll('\n', '\r\n')}`
    expect(tableOf(readAs(format as keyof typeof texts, theirs, 'x', context))).toBe(table)
  })

  it.each([
    ['#!/bin/sh\nvirtual=1\n', 'scripts'],
    ['ip addr add 10.0.0.6/32 dev lo\n', 'scripts'],
    ['! c\nvrrp_instance A {\n}\n', 'keepalived'],
    ['checktimeout=3\nvirtual6 = [fd00::6]:80\n', 'ldirectord'],
  ])('%j', (text, format) => expect(guessFormat(text, 'x').format).toBe(format))

  it.each([
    ['', 'there is nothing in it'],
    ['dear diary\n', 'its format cannot be told'],
  ])('not from %j', (text, why) => expect(() => guessFormat(text, 'x')).toThrow(why))
})
