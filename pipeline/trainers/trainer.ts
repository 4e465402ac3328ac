import type { TrainerFormatName } from '../shards/trainer-formats.ts'

/** What a trainer's config is made from: a build as it lies on disk. */
export type BuildShards = {
  readonly buildId: string
  readonly format: TrainerFormatName
  /** Absolute, and not by `latest`, which moves. */
  readonly folder: string
  /** Absolute paths of the shards, in the order of the manifest. */
  readonly train: readonly string[]
  readonly validation: readonly string[]
  /** The config's `emit.tokenizer.maxTokens`. */
  readonly maxTokens: number | null
}

export type TrainerFile = { readonly name: string; readonly text: string }

export type Trainer = {
  readonly name: string
  /** Formats whose shards it reads with the loss on the answer. */
  readonly formats: readonly TrainerFormatName[]
  readonly write: (build: BuildShards, model: string) => readonly TrainerFile[]
  /** How to start it, in the folder of the files. */
  readonly command: string
}
