import type { GradeSettings } from '../graders/grade-candidate.ts'
import { createRequest } from '../models/model-role.ts'
import type { ModelPort } from '../models/model-port.ts'

/**
 * What is asked where a verdict is missing, before it is known to be needed: `votes`, all votes of the judge that is
 * missing; `panel`, all votes of all judges left. A live build asks them one after the other and stops at the first
 * that fails, which saves requests; in a build by waves each would take a wave of its own.
 */
export type LookAhead = 'none' | 'votes' | 'panel'

export function lookAhead(models: ModelPort, kind: LookAhead): Pick<GradeSettings, 'onStall'> {
  if (kind === 'none') return {}
  return {
    onStall: async (input, seatsLeft) => {
      const { category } = input.prompt
      for (const { judge, role, template, votes } of kind === 'votes' ? seatsLeft.slice(0, 1) : seatsLeft) {
        const messages = template.render(judge.variables(input))
        for (let repeat = 0; repeat < votes; repeat += 1) {
          const request = createRequest(role, messages, judge.schema, repeat)
          // Whatever the reply is: the pass that needs it will ask again.
          await models.ask(request, { step: `grade:${judge.name}`, category })
        }
      }
    },
  }
}
