import { createChatBody } from '../models/chat-body.ts'
import { createRequest } from '../models/model-role.ts'
import type { ExportedJudge } from './exported-judge.ts'

/** What `reward.py` sends: the body of each judge's request as a build sends it, with places in its messages. */
export function renderJudgeRequests(judges: readonly ExportedJudge[]): object {
  return {
    judges: judges.map(({ seat: { judge, role, votes, stopBelow }, messages }) => ({
      name: judge.name,
      version: judge.version,
      endpoint: role.endpoint,
      votes,
      stop_below: stopBelow,
      body: createChatBody(createRequest(role, messages, judge.schema, 0), role.structuredOutput),
    })),
  }
}
