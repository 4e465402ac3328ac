import type { FoundCalibration } from '../calibrate/find-calibrations.ts'
import type { GatesConfig } from '../config/gates-config.ts'
import type { BuildConfig } from '../config/build-config.ts'
import type { Spool } from '../spool/spool.ts'
import type { FindingSink } from './finding-sink.ts'
import type { GateName } from './gate-result.ts'
import type { GateSubject } from './gate-subject.ts'

export type GateContext = {
  readonly gates: GatesConfig
  readonly config: Pick<BuildConfig, 'screen' | 'collect' | 'evaluations' | 'quota'>
  /** Absolute folder that the config's paths are relative to. */
  readonly folder: string
  /** Absolute folder of the builds of this name, where `latest` is. */
  readonly home: string
  readonly subject: GateSubject
  readonly calibrations: readonly FoundCalibration[]
  /** ISO 8601; the age of a calibration is all that the time decides. */
  readonly now: string
  /** A scratch file, so that memory does not grow with the texts. */
  readonly spool: Spool
}

export type GateVerdict = {
  /** Both as `gates.json` is to show them. */
  readonly limit: object
  readonly measured: object | null
  /** The measured values in a few words. */
  readonly summary: string
  /** Empty: passed. */
  readonly failures: readonly string[]
  readonly note?: string
}

/** What a build must come up to before it is published. */
export type Gate = {
  readonly name: GateName
  /**
   * Null: the config does not ask for it.
   * @throws UserError for what it must read and cannot: then nothing is published.
   */
  readonly judge: (context: GateContext, sink: FindingSink) => Promise<GateVerdict | null>
}
