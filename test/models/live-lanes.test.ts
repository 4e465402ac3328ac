import { expect, test } from 'vitest'
import { createLiveExecutor } from '../../pipeline/executors/live.ts'
import type { UserError } from '../../pipeline/records/user-error.ts'
import type { ChatServerOptions } from '../support/chat-server.ts'
import { request, startScriptedProvider } from './scripted-provider.ts'

/** A lane a model, at one server. */
async function startLanes(models: readonly string[], reply: ChatServerOptions['reply']) {
  const { provider } = await startScriptedProvider(reply)
  const hopeless: UserError[] = []
  const { signal } = new AbortController()
  const executor = createLiveExecutor({
    lanes: models.map((model) => ({ endpoint: request.endpoint, model, provider, concurrency: 2 })),
    drain: signal,
    stop: signal,
    onHopeless: (error) => void hopeless.push(error),
    now: () => 0,
  })
  return {
    hopeless,
    ask: (model: string) => executor.execute({ ...request, model }, { digest: 'd', step: 'generate', category: null }),
  }
}

test('a dead judge ends the run although the generator answers in between', async () => {
  const { ask, hopeless } = await startLanes(['generator', 'judge'], ({ model }) =>
    model === 'judge' ? { status: 503, body: '' } : { content: 'Hi.' },
  )
  for (let n = 0; n < 20; n++) {
    expect(hopeless).toEqual([])
    expect(await ask('generator')).toMatchObject({ status: 'answered' })
    expect(await ask('judge')).toMatchObject({ status: 'unavailable', reason: 'provider_failed' })
  }
  expect(hopeless).toMatchObject([{ code: 'provider_down' }])
  expect(hopeless[0]?.message).toContain('expected answers of judge, got 20 failures in a row')
})

test('failures of two models are not added up', async () => {
  const { ask, hopeless } = await startLanes(['a', 'b'], () => ({ status: 503, body: '' }))
  for (let n = 0; n < 19; n++) await Promise.all([ask('a'), ask('b')])
  expect(hopeless).toEqual([])
})

test('what one model answers declines no request of another', async () => {
  const { ask } = await startLanes(['a', 'b'], ({ model }) => (model === 'b' ? { status: 400 } : { content: 'Hi.' }))
  expect(await ask('a')).toMatchObject({ status: 'answered' })
  expect(await ask('b')).toMatchObject({ status: 'unavailable', reason: 'provider_failed' })
})

test('a request that is turned down before the first answer comes is declined when it has come', async () => {
  const { ask } = await startLanes(['a'], (_, n) => (n === 1 ? { status: 400 } : { content: 'Hi.' }))
  const [first, second] = [ask('a'), ask('a')]
  const answers = await Promise.all([first, second])
  const finishes = answers.map((execution) => (execution.status === 'answered' ? execution.answer.finish : 'open'))
  expect(finishes.toSorted()).toEqual(['complete', 'declined'])
})
