import { context, SpanKind, SpanStatusCode, trace, type Attributes, type Meter, type Tracer } from '@opentelemetry/api'
import type { BuildCounts } from '../build/build-counts.ts'
import type { PhaseEnd } from '../build/run-build.ts'
import type { Purpose, Reply } from '../models/model-port.ts'
import { costOfAnswer, type PriceLookup } from '../models/price.ts'
import { flattenCounts, type RejectionCounts } from '../records/rejection-counts.ts'
import type { ModelRequest } from '../records/request.ts'

export type BuildTelemetry = {
  readonly onReply: (reply: Reply, request: ModelRequest, purpose: Purpose) => void
  readonly onPhaseEnd: (end: PhaseEnd) => void
  readonly end: (status: TelemetryEnd) => void
}

export type TelemetryEnd = {
  readonly status: string
  readonly exitCode: number
  readonly buildId: string | null
  readonly counts: BuildCounts | null
}

/** Buckets of the semantic conventions for GenAI clients (opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics). */
const tokenBuckets = Array.from({ length: 14 }, (_, n) => 4 ** n)
const secondBuckets = Array.from({ length: 14 }, (_, n) => 0.01 * 2 ** n)

/**
 * A span for the build, for each of its phases and for each request that was sent; counts of requests, tokens, dollars
 * and rows. Names are those of the semantic conventions where these have one. No text of prompts, answers or errors.
 */
export function createBuildTelemetry(
  tracer: Tracer,
  meter: Meter,
  run: { readonly name: string; readonly runId: string },
  priceOf: PriceLookup,
): BuildTelemetry {
  const about = { 'safe_completions.build.name': run.name }
  const span = tracer.startSpan('build', { attributes: { ...about, 'safe_completions.run.id': run.runId } })
  const parent = trace.setSpan(context.active(), span)
  const tokens = meter.createHistogram('gen_ai.client.token.usage', {
    unit: '{token}',
    advice: { explicitBucketBoundaries: tokenBuckets },
  })
  const durations = meter.createHistogram('gen_ai.client.operation.duration', {
    unit: 's',
    advice: { explicitBucketBoundaries: secondBuckets },
  })
  const requests = meter.createCounter('safe_completions.requests', { unit: '{request}' })
  const cost = meter.createCounter('safe_completions.cost', { unit: 'USD' })
  const rows = meter.createCounter('safe_completions.rows', { unit: '{row}' })
  const builds = meter.createCounter('safe_completions.builds', { unit: '{build}' })

  return {
    onReply(reply, request, purpose) {
      const model = describeModel(request)
      const labels = { ...about, ...model, ...describePurpose(purpose) }
      const outcome = nameOutcome(reply)
      requests.add(1, { ...labels, 'safe_completions.request.outcome': outcome })
      if (reply.status === 'unavailable') {
        if (reply.reason !== 'provider_failed') return
        const failed = tracer.startSpan(
          `chat ${request.model}`,
          { kind: SpanKind.CLIENT, attributes: { ...labels, 'error.type': reply.reason } },
          parent,
        )
        failed.setStatus({ code: SpanStatusCode.ERROR })
        failed.end()
        return
      }
      if (reply.fromStore) return
      const { usage, finish, via, servedModel } = reply.answer
      const endMs = Date.now()
      const attributes: Attributes = {
        ...labels,
        'gen_ai.response.model': servedModel,
        'gen_ai.response.finish_reasons': [finish],
      }
      durations.record(reply.latencyMs / 1000, model)
      if (usage !== null) {
        attributes['gen_ai.usage.input_tokens'] = usage.promptTokens
        attributes['gen_ai.usage.output_tokens'] = usage.completionTokens
        tokens.record(usage.promptTokens, { ...model, 'gen_ai.token.type': 'input' })
        tokens.record(usage.completionTokens, { ...model, 'gen_ai.token.type': 'output' })
        const price = priceOf(request)
        if (price !== null) cost.add(costOfAnswer(usage, via, price), labels)
      }
      const options = { kind: SpanKind.CLIENT, startTime: endMs - reply.latencyMs, attributes }
      tracer.startSpan(`chat ${request.model}`, options, parent).end(endMs)
    },
    onPhaseEnd({ phase, durationMs, counts }) {
      const endMs = Date.now()
      const { prompts, gradedPrompts, openPrompts, accepted } = counts
      const attributes = {
        ...about,
        'safe_completions.prompts': prompts,
        'safe_completions.prompts.graded': gradedPrompts,
        'safe_completions.prompts.open': openPrompts,
        'safe_completions.rows.accepted': accepted,
      }
      tracer.startSpan(`phase ${phase}`, { startTime: endMs - durationMs, attributes }, parent).end(endMs)
    },
    end({ status, exitCode, buildId, counts }) {
      builds.add(1, { ...about, 'safe_completions.status': status })
      for (const [labels, count] of countRows(counts)) rows.add(count, { ...about, ...labels })
      span.setAttributes({ 'safe_completions.status': status, 'process.exit.code': exitCode })
      if (buildId !== null) span.setAttribute('safe_completions.build.id', buildId)
      if (exitCode !== 0) span.setAttribute('error.type', status).setStatus({ code: SpanStatusCode.ERROR })
      span.end()
    },
  }
}

function describeModel({ endpoint, model }: ModelRequest): Attributes {
  return {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': model,
    'server.address': URL.parse(endpoint)?.hostname ?? 'unknown',
  }
}

function describePurpose({ step, category }: Purpose): Attributes {
  return { 'safe_completions.step': step, 'safe_completions.category': category ?? 'none' }
}

function nameOutcome(reply: Reply): string {
  if (reply.status === 'unavailable') return reply.reason
  return reply.fromStore ? 'reused' : reply.answer.finish
}

function* countRows(counts: BuildCounts | null): Generator<readonly [Attributes, number]> {
  if (counts === null) return
  yield [{ 'safe_completions.row.kind': 'candidate', 'safe_completions.row.outcome': 'accepted' }, counts.accepted]
  yield* countRejected('candidate', counts.rejectedCandidates)
  yield* countRejected('prompt', counts.rejectedPrompts)
}

function* countRejected(kind: string, counts: RejectionCounts): Generator<readonly [Attributes, number]> {
  for (const { stage, code, count } of flattenCounts(counts)) {
    const outcome = { 'safe_completions.row.outcome': 'rejected', 'safe_completions.row.code': code }
    yield [{ 'safe_completions.row.kind': kind, 'safe_completions.row.stage': stage, ...outcome }, count]
  }
}
