import { z } from 'zod'
import { ungradedReasons } from './verdict.ts'

const whyNull = { value: z.null(), reason: z.string() }
/** A share or a score; null, with the reason, where there is nothing to compute it from. */
const figureSchema = z.union([z.strictObject({ value: z.number() }), z.strictObject(whyNull)])
export type Figure = Readonly<z.infer<typeof figureSchema>>

/** Agreement beyond chance with its asymptotic standard error and 95 % interval. */
const kappaSchema = z.union([
  z.strictObject({ value: z.number(), standardError: z.number(), low: z.number(), high: z.number() }),
  z.strictObject(whyNull),
])
export type Kappa = Readonly<z.infer<typeof kappaSchema>>

const classScoreSchema = z.strictObject({
  class: z.string(),
  /** Graded examples that people put into the class. */
  support: z.int().nonnegative(),
  /** Of the examples that the grader put into it, the share that people did too. */
  precision: figureSchema,
  /** Of the examples that people put into it, the share that the grader did too. */
  recall: figureSchema,
  f1: figureSchema,
})

export const agreementSchema = z.strictObject({
  /** In order, lowest first, if they are ordered. */
  classes: z.array(z.string()).readonly(),
  examples: z.int().nonnegative(),
  graded: z.int().nonnegative(),
  /** Rows: what people said; columns: what the grader said; both in the order of `classes`. */
  matrix: z.array(z.array(z.int().nonnegative()).readonly()).readonly(),
  /** A number for each row of the matrix: examples without a verdict. They enter no other figure but the coverage. */
  ungraded: z.array(z.int().nonnegative()).readonly(),
  coverage: figureSchema,
  accuracy: figureSchema,
  kappa: kappaSchema,
  /** Of ordered classes, where a near miss counts less than a far one; null for classes without an order. */
  weighted: z.strictObject({ linear: kappaSchema, quadratic: kappaSchema }).nullable(),
  perClass: z.array(classScoreSchema).readonly(),
})
/** How far two raters agree on the same examples: people and a grader, or two people. */
export type Agreement = Readonly<z.infer<typeof agreementSchema>>

export const calibrationParts = ['dev', 'held-out', 'all'] as const
export type CalibrationPart = (typeof calibrationParts)[number]

/** Reasons of judges, and of graders that are not shown an example. */
const calibrationUngradedReasons = [...ungradedReasons, 'missing_field'] as const
export type CalibrationUngradedReason = (typeof calibrationUngradedReasons)[number]

const disagreementSchema = z.strictObject({
  /** `file:line` or `file#row`. */
  location: z.string(),
  human: z.string(),
  grader: z.string(),
  /** Steps between the two in ordered classes, 1 in others. */
  distance: z.int().positive(),
  rationale: z.string(),
  evidence: z.array(z.string()).readonly(),
  /** The last user turn and the answer; only the start of long ones. */
  prompt: z.string(),
  answer: z.string(),
})
export type Disagreement = Readonly<z.infer<typeof disagreementSchema>>

export const calibrationSchema = z.strictObject({
  /** `k_` and 20 hex digits of the digest of all the rest. */
  id: z.string().regex(/^k_[0-9a-f]{20}$/),
  grader: z.string(),
  version: z.int().positive(),
  /** Of all that can change the grader's verdicts but the policy: pipeline/graders/grader-digest.ts. */
  graderDigest: z.string(),
  /** The digest covers what was read from the label files, the mapping and the merged classes. */
  labels: z.strictObject({ name: z.string(), digest: z.string() }),
  part: z.enum(calibrationParts),
  /** Of the policies that the grader was shown; null for a grader that reads none. */
  specSetDigest: z.string().nullable(),
  /** ISO 8601, UTC. */
  measuredAt: z.string(),
  counts: z.strictObject({
    /** Labelled examples in the files, ignored ones included. */
    read: z.int().nonnegative(),
    /** Word to number of examples that were left out because of it. */
    ignored: z.record(z.string(), z.int().positive()),
    /** Reason to number of examples without a verdict. */
    ungraded: z.partialRecord(z.enum(calibrationUngradedReasons), z.int().positive()),
    /** Examples whose prompt and answer another one has too: they make the interval look narrower than it is. */
    copies: z.int().nonnegative(),
  }),
  agreement: agreementSchema,
  slices: z.array(z.strictObject({ field: z.string(), value: z.string(), agreement: agreementSchema })).readonly(),
  /** The worst to read; see `--worst`. */
  disagreements: z.array(disagreementSchema).readonly(),
})
/** How far a grader agreed with people on one set of labelled examples. Kept for ever, never changed. */
export type Calibration = Readonly<z.infer<typeof calibrationSchema>>
