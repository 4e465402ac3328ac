import { z } from 'zod'
import { decisionEffects } from '../decisions/decision-effects.ts'
import { quotaOutcomeSchema } from '../records/quota-outcome.ts'
import { pairHurdles } from '../stages/emit/pair-preferences.ts'
import { graderCalibrationSchema } from './describe-calibrations.ts'

const shardSchema = z.strictObject({
  path: z.string(),
  rows: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  sha256: z.string(),
})
const fileSchema = shardSchema.omit({ rows: true })
const countsSchema = z.record(z.string(), z.record(z.string(), z.int()))
const countSchema = z.record(z.string(), z.int())
/** What answers came to. */
export const spendSchema = z.strictObject({
  answers: z.int(),
  promptTokens: z.int(),
  completionTokens: z.int(),
  costUsd: z.number(),
  withoutUsage: z.int(),
  withoutPrice: z.int(),
})

/** Bumped when a reader of manifests would misread a new one. */
const manifestVersion = 2

export const manifestSchema = z.strictObject({
  manifestVersion: z.literal(manifestVersion),
  name: z.string(),
  /** Digest of the build's inputs and of all its rows, accepted and rejected. */
  buildId: z.string(),
  createdAt: z.string(),
  inputs: z.strictObject({
    /** The config with defaults filled in, without paths, limits and keys that cannot change a row. */
    config: z.json(),
    configDigest: z.string(),
    specSet: z.strictObject({ name: z.string(), digest: z.string(), specs: z.record(z.string(), z.string()) }),
    /** Template id to digest. */
    templates: z.record(z.string(), z.string()),
    /** Stage name to version. */
    stages: z.record(z.string(), z.int()),
    /** Grader name to version. */
    graders: z.record(z.string(), z.int()),
    /** `<source>: <file>` to SHA-256 of each file of prompts, and of the tokenizer; builds of earlier versions do not say. */
    files: z.record(z.string(), z.string()).default({}),
  }),
  counts: z.strictObject({
    rowsRead: z.int(),
    badRows: z.int(),
    prompts: z.int(),
    gradedPrompts: z.int(),
    openPrompts: z.int(),
    candidates: z.int(),
    accepted: z.int(),
    rejectedPrompts: countsSchema,
    rejectedCandidates: countsSchema,
    modes: countSchema,
    intents: countSchema,
    categories: countSchema,
    judged: z.int(),
    ungraded: z.int(),
    decisions: z.record(z.enum(decisionEffects), z.int()),
  }),
  /** What the config's quota asked for and got, line by line; null without one. */
  quota: quotaOutcomeSchema.nullable().default(null),
  /** Grader to how far it agreed with people when the build was made; a rule only if anyone compared it. */
  calibrations: z.record(z.string(), graderCalibrationSchema),
  /** Category to the digest of its rows: what `build_id` says in them. */
  categories: z.record(z.string(), z.string()),
  shards: z.array(shardSchema),
  rejected: z.array(shardSchema),
  /** Pairs for DPO; null where none were asked for, and in builds of earlier versions. */
  preference: z
    .strictObject({
      /** Category to the digest of its pairs: what `build_id` says in them. */
      categories: z.record(z.string(), z.string()),
      shards: z.array(shardSchema),
      rowsWithPair: z.int().nonnegative(),
      /** Why the other accepted rows have none (pipeline/stages/emit/pair-preferences.ts). */
      withoutPair: z.partialRecord(z.enum(pairHurdles), z.int().positive()),
    })
    .nullable()
    .default(null),
  /** Other files of the folder. */
  files: z.array(fileSchema),
  /** Null in a build; in a published copy what it lacks of the build: listed above or below, and not there. */
  published: z
    .strictObject({
      /** SHA-256 of the build's own manifest. */
      manifestSha256: z.string(),
      omitted: z.array(fileSchema),
    })
    .nullable()
    .default(null),
  cost: z.strictObject({
    /** What this run sent. */
    run: spendSchema,
    /** All answers that the build rests on, whichever run paid for them. */
    build: spendSchema,
    /** Step to the same. */
    steps: z.record(z.string(), z.strictObject({ run: spendSchema, build: spendSchema })),
    /** Model name to the same. */
    models: z.record(z.string(), z.strictObject({ run: spendSchema, build: spendSchema })),
    /** Category to the same; `none` for what was asked before a category was known. */
    categories: z.record(z.string(), z.strictObject({ run: spendSchema, build: spendSchema })),
    /** Dollars of the whole build, its rejected candidates included, by accepted row; null without rows. */
    perAcceptedUsd: z.number().nullable(),
    /** What the dollars rest on: the config's prices, or the shipped table's with its date; null: unknown, not counted. */
    prices: z.array(
      z.strictObject({ endpoint: z.string(), model: z.string(), price: z.json(), source: z.string().nullable() }),
    ),
  }),
  versions: z.record(z.string(), z.string()),
})
/** What a build was made from, what is in it, and what it cost. Written last. */
export type Manifest = Readonly<z.infer<typeof manifestSchema>>

export const currentManifestVersion = manifestVersion
