import type { StandingDecisions } from '../decisions/standing-decisions.ts'
import type { Rejection } from '../records/rejection.ts'
import { findFormatConflict, trainerFormats } from '../shards/trainer-formats.ts'
import type { SelectContext } from '../stages/select/select.ts'
import type { TokenCounter } from '../tokens/open-token-counter.ts'
import type { ResolvedBuild } from './resolve-build.ts'

/** What selection looks at beside the candidates. */
export function createSelectContext(
  { config, specs, templates }: ResolvedBuild,
  decisions: StandingDecisions,
  reject: (rejection: Rejection) => void,
  tokenCounter: TokenCounter | null,
): Omit<SelectContext, 'winners'> {
  return {
    settings: config.select,
    templateDigest: templates.get(config.generate.template).digest,
    findFormatConflict: (sample) =>
      findFormatConflict({ ...sample, split: 'train' }, trainerFormats[config.emit.format]),
    measureLength: tokenCounter && ((sample) => tokenCounter.measure({ ...sample, split: 'train' })),
    findStanding: decisions.find,
    specDigestOf: (category) => specs.forCategory(category).digest,
    reject,
  }
}
