import { z } from 'zod'
import { decisionEffects } from '../decisions/decision-effects.ts'
import { agreementSchema } from '../records/calibration.ts'
import { quotaOutcomeSchema } from '../records/quota-outcome.ts'
import type { Rejection } from '../records/rejection.ts'
import { measuredSchema } from './measured.ts'

const countSchema = z.int().nonnegative()
const countsSchema = z.record(z.string(), countSchema)
const pairsSchema = z.record(z.string(), countsSchema)

/** Bumped when a reader of reports would misread a new one; the next build then says that it cannot compare. */
export const reportVersion = 1

const thresholdSchema = z.strictObject({
  score: z.enum(['safety', 'helpfulness', 'reasoningQuality']),
  value: z.number(),
  /** `threshold`: the selection's; `stop`: a judge below it ends the candidate, so that no later one is asked. */
  kind: z.enum(['threshold', 'stop']),
  /** Where the config says it, such as `select.minSafety`. */
  key: z.string(),
})

const judgeSeatSchema = z.strictObject({ grader: z.string(), votes: z.int().positive() })

/** What the build was asked to do, as far as a reader of the charts needs it. */
const settingsSchema = z.strictObject({
  description: z.string(),
  specSet: z.string(),
  /** Every category that the spec set has, with rows or without. */
  categories: z.array(z.string()).readonly(),
  /** `reward` or `safety_only`, see docs/configuration.md. */
  rule: z.string(),
  requiresModeAgreement: z.boolean(),
  thresholds: z.array(thresholdSchema).readonly(),
  /** Names of the rule checks that ran on every written candidate. */
  rules: z.array(z.string()).readonly(),
  /** In the order in which they are asked. */
  panel: z.array(judgeSeatSchema).readonly(),
  minGradingCoverage: z.number(),
})
export type ReportSettings = Readonly<z.infer<typeof settingsSchema>>

const countedSchema = z.strictObject({
  rowsRead: countSchema,
  badRows: countSchema,
  prompts: countSchema,
  gradedPrompts: countSchema,
  candidates: countSchema,
  accepted: countSchema,
  /** Stage to reason code to prompts, or bad rows. */
  rejectedPrompts: pairsSchema,
  /** Stage to reason code to candidates. */
  rejectedCandidates: pairsSchema,
  /** Candidates that a judge was asked about, and those of them that a judge gave no verdict on. */
  judged: countSchema,
  ungraded: countSchema,
})

const safetyCellSchema = z.strictObject({
  candidates: countSchema,
  accepted: countSchema,
  /** Those with a verdict of the safety judge. */
  graded: countSchema,
  /** s = 1: no vote found a violation, whatever the build's own threshold. */
  safe: countSchema,
  /** 1 to 4, of the safe ones that the helpfulness judge graded. */
  safeHelpfulness: z.strictObject({ count: countSchema, mean: z.number().nullable() }),
  /** Severity of the worst vote, of those that are graded and not safe. */
  unsafeSeverities: countsSchema,
})
export type SafetyCell = Readonly<z.infer<typeof safetyCellSchema>>

export const fates = ['accepted', 'notChosen', 'failed'] as const
/** `notChosen`: it passed every grader, and a sibling, a cap, the format or a person kept it out. */
export type Fate = (typeof fates)[number]

/** What the stage select says of candidates that were not chosen; its other codes are failures. */
export const unchosenCodes: readonly Rejection['code'][] = [
  'outranked',
  'mixture_cap',
  'over_quota',
  'format_conflict',
  'too_long',
  'overruled',
]

export const scoreNames = ['safety', 'helpfulness', 'reasoningQuality', 'reward'] as const
export type ScoreName = (typeof scoreNames)[number]

const spansSchema = z.strictObject({
  /** Verdicts of a single vote: nothing to compare. */
  single: countSchema,
  agreed: countSchema,
  upToThird: countSchema,
  upToTwoThirds: countSchema,
  more: countSchema,
})

const graderSchema = z.strictObject({
  kind: z.enum(['rule', 'judge']),
  /** Candidates it gave a verdict on. A rule runs on every written one, a judge is asked until one stops the candidate. */
  graded: countSchema,
  /** Reason to candidates. Neither a pass nor a fail. */
  ungraded: countsSchema,
  failed: countSchema,
  /** Distance between the highest and the lowest vote. */
  voteSpans: spansSchema,
})
export type GraderTally = Readonly<z.infer<typeof graderSchema>>

export const rowFactsSchema = z.strictObject({
  /** Intent to all its candidates, accepted or not. */
  byIntent: z.record(z.string(), safetyCellSchema),
  byCategory: z.record(z.string(), safetyCellSchema),
  /** Accepted rows: category, then mode. */
  categoryModes: pairsSchema,
  /** Accepted rows: intent, then mode. */
  intentModes: pairsSchema,
  scoreEdges: z.array(z.number()).readonly(),
  scores: z.record(
    z.enum(scoreNames),
    z.strictObject({ accepted: measuredSchema, notChosen: measuredSchema, failed: measuredSchema }),
  ),
  /** Lower edges of the bins, in characters (UTF-16 units). */
  lengthEdges: z.array(countSchema).readonly(),
  /** Accepted rows: mode to lengths. */
  answerLengths: z.record(z.string(), measuredSchema),
  reasoningLengths: z.record(z.string(), measuredSchema),
  graders: z.record(z.string(), graderSchema),
  /** Failed or ungraded by both; a grader with itself: failed or ungraded by it at all. */
  failedTogether: pairsSchema,
  /** Declared mode, then what the blind judge saw, or `ungraded`. */
  judgedModes: pairsSchema,
  /** Accepted rows, or 2,000 of them: declared mode, then what the rule-based reading of the answer finds. */
  readAs: pairsSchema,
  /** Graders that saw a text that auditors decided about: auditors first, then the grader. */
  graderAgreement: z.array(z.strictObject({ grader: z.string(), agreement: agreementSchema })).readonly(),
  people: z.strictObject({
    /** Rows whose text a person accepted, and those of them that a grader had failed or not graded. */
    accepted: countSchema,
    acceptedAgainstGraders: countSchema,
    /** Candidates that passed every grader and that a person rejected. */
    withheld: countSchema,
  }),
})
/** What the rows of a build come to. Equal rows give equal facts, in whatever order they come. */
export type RowFacts = Readonly<z.infer<typeof rowFactsSchema>>

const spendSchema = z.strictObject({
  answers: countSchema,
  promptTokens: countSchema,
  completionTokens: countSchema,
  costUsd: z.number(),
  withoutUsage: countSchema,
  withoutPrice: countSchema,
})
const stepSpendSchema = z.strictObject({
  reused: countSchema,
  /** Waiting for the answers of this run, added up over requests that wait side by side. */
  latencyMs: z.number(),
  run: spendSchema,
  build: spendSchema,
})
export type StepSpend = Readonly<z.infer<typeof stepSpendSchema>>

export const trustSchema = z.strictObject({
  grader: z.string(),
  /** The newest comparison with people's labels; null where there is none. */
  calibration: z
    .strictObject({
      measuredAt: z.string(),
      /** Name of the labelled set. */
      labels: z.string(),
      /** Labelled examples that it gave a verdict on. */
      graded: countSchema,
      /** Cohen's kappa with its 95% interval; null where the labels leave nothing to compute. */
      kappa: z.strictObject({ value: z.number(), low: z.number(), high: z.number() }).nullable(),
      /** The grader is not what was compared: its text, model or version is another. */
      hasChanged: z.boolean(),
    })
    .nullable(),
})
/** How far a grader is known to agree with people. */
export type GraderTrust = Readonly<z.infer<typeof trustSchema>>

const summarySchema = z.strictObject({
  prompts: countSchema,
  candidates: countSchema,
  accepted: countSchema,
  /** Null where no candidate was judged. */
  gradingCoverage: z.number().nullable(),
  /** Of graded candidates; null over none. */
  safeShare: z.number().nullable(),
  /** Mode to accepted rows. */
  modes: countsSchema,
  categories: countsSchema,
  /** Means of accepted rows. */
  means: z.strictObject({
    safety: z.number().nullable(),
    helpfulness: z.number().nullable(),
    reasoningQuality: z.number().nullable(),
    reward: z.number().nullable(),
    answerLength: z.number().nullable(),
    reasoningLength: z.number().nullable(),
  }),
  /** `stage/code` to prompts and candidates. */
  rejections: countsSchema,
  /** Of all answers behind the build; null where no answer has a known price. */
  costUsd: z.number().nullable(),
  tokens: countSchema,
})
/** The numbers of a build that the next one is compared by. */
export type Summary = Readonly<z.infer<typeof summarySchema>>

export const reportSchema = z.strictObject({
  reportVersion: z.literal(reportVersion),
  name: z.string(),
  buildId: z.string(),
  settings: settingsSchema,
  counts: countedSchema,
  /** What the config's quota asked for and got; null without one. */
  quota: quotaOutcomeSchema.nullable().default(null),
  rows: rowFactsSchema,
  /** About the run that wrote the build, not about its rows: another run of the same build has other values. */
  run: z.strictObject({
    createdAt: z.string(),
    /** Why the build was held back; empty: it was published. */
    failedGates: z.array(z.string()).readonly(),
    /** Wall time; writing is measured up to this report. */
    phases: z.strictObject({ collectMs: z.number(), answerMs: z.number(), writeMs: z.number() }),
    total: stepSpendSchema,
    /** Step (`generate`, `grade:safety` ...) to the same. */
    steps: z.record(z.string(), stepSpendSchema),
    models: z.record(z.string(), stepSpendSchema),
    /** What became of the texts that auditors decided about, each once. */
    decisions: z.record(z.enum(decisionEffects), countSchema),
  }),
  /** The build that `latest` showed when this one was written; null where there was none. */
  previous: z.strictObject({ buildId: z.string(), createdAt: z.string(), summary: summarySchema }).nullable(),
  /** Null where nobody looked the calibrations up. */
  trust: z.array(trustSchema).readonly().nullable(),
})
/** The data behind every chart of a build's report. */
export type Report = Readonly<z.infer<typeof reportSchema>>
