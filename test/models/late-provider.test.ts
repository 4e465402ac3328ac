import { expect, test } from 'vitest'
import { createLateProvider } from '../../pipeline/models/late-provider.ts'

test('one that cannot be opened says why to whoever needs it, and is closed without a word', async () => {
  const provider = createLateProvider(() => Promise.reject(new Error('no printable key')))
  await expect(provider.load()).rejects.toThrow('no printable key')
  await expect(provider.close()).resolves.toBeUndefined()
})

test('one that nobody asked is not opened to be closed', async () => {
  let opened = 0
  const provider = createLateProvider(() => {
    opened += 1
    return Promise.reject(new Error('unexpected'))
  })
  await provider.close()
  expect(opened).toBe(0)
})
