import type { PublishOutcome } from '../publish/publish-outcome.ts'
import { formatNumber } from './render-spend.ts'

export type PublishStatus = PublishOutcome & {
  readonly exitCode: number
  readonly target: string
  readonly buildId: string
  /** Files of the build that are not published. */
  readonly omitted: number
}

export function renderPublish(status: PublishStatus): string {
  const { plan, target, buildId, revision, omitted } = status
  const isDry = status.status === 'planned'
  const files = (sign: string, of: PublishOutcome['plan']['upload']): readonly string[] =>
    isDry ? of.map(({ path, bytes }) => `  ${sign} ${path} (${formatNumber(bytes)})`) : []
  return [
    `${isDry ? 'would publish' : status.status}: ${buildId} to ${target}`,
    list('upload', plan.upload),
    ...files('+', plan.upload),
    list('unchanged', plan.skip),
    list('delete', plan.delete),
    ...files('-', plan.delete),
    `left out  ${formatNumber(omitted)} files of the build`,
    ...plan.notes.map((note) => `note      ${note}`),
    ...(revision === null || isDry ? [] : [`at        ${revision}`]),
  ].join('\n')
}

function list(word: string, files: PublishOutcome['plan']['upload']): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  return `${word.padEnd(9)} ${formatNumber(files.length)} files, ${formatNumber(bytes)} bytes`
}
