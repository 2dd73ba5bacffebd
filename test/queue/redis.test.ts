import { expect, it } from 'vitest'
import { addressOf } from '../../src/queue/redis.js'

it('reads an address, and shows it without its password', () => {
  const { options, shown } = addressOf('rediss://me:s%40cret@queue.example/2')
  expect(options).toMatchObject({
    host: 'queue.example',
    port: 6379,
    username: 'me',
    password: 's@cret',
    db: 2,
    tls: {},
  })
  expect(shown).toBe('rediss://queue.example/2')
  expect(addressOf('redis://[::1]:7000', 'word').options).toMatchObject({
    host: '::1',
    port: 7000,
    password: 'word',
  })
})

it.each([
  ['queue.example', 'this is no URL'],
  ['https://queue.example', 'a queue is no "https://"'],
  ['redis://queue.example/x', 'the database in it must be a number'],
])('%s is none', (text, why) => {
  expect(() => addressOf(text)).toThrow(why)
})
