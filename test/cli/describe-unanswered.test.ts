import { expect, test } from 'vitest'
import { describeUnanswered, type Unanswered } from '../../pipeline/cli/describe-unanswered.ts'
import { UserError } from '../../pipeline/records/user-error.ts'

type Reason = Unanswered['open'][number]['reply']['reason']

test('a run that was stopped names the rows that failed for reasons of their own, and no other', () => {
  const row = (name: string, reason: Reason, detail: string): Unanswered['open'][number] => ({
    name,
    reply: { status: 'unavailable', digest: '0123456789abcdef', reason, detail },
  })
  const { status, message, details } = describeUnanswered({
    waiting: '4 of 9 prompts are not finished; nothing was published',
    open: [
      row('p_1', 'provider_failed', '500 cannot do this one'),
      row('p_2', 'provider_failed', '401 Incorrect API key'),
      row('p_3', 'interrupted', 'the build is stopping'),
      row('p_4', 'budget', 'the budget has no room for it'),
    ],
    hopeless: new UserError('provider', 'expected an answer of play, got: 401 Incorrect API key', {
      remedy: 'check the API key',
    }),
    wasSignalled: false,
    resume: 'build --resume',
  })
  expect(status).toBe('provider_failed')
  expect(message).toContain('401 Incorrect API key. Check the API key. 4 of 9')
  expect(details).toEqual(['p_1: 0123456789ab 500 cannot do this one'])
})
