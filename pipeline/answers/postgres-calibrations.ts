import { z } from 'zod'
import { calibrationSchema } from '../records/calibration.ts'
import { toCalibrationRow } from './calibration-row.ts'
import type { CalibrationStore } from './calibration-store.ts'
import { openPostgres, type PostgresTarget } from './postgres-database.ts'

/** @throws UserError `answer_store`, see {@link openPostgres}. */
export async function openPostgresCalibrations(target: PostgresTarget): Promise<CalibrationStore> {
  const database = await openPostgres(target, 1)
  return {
    add: async (calibration) => {
      const sql = `
        INSERT INTO safe_completions.calibrations
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        ON CONFLICT (id) DO NOTHING
        RETURNING id`
      return (await database.query(sql, toCalibrationRow(calibration))).length > 0
    },
    list: async (grader) => {
      const sql = `
        SELECT calibration FROM safe_completions.calibrations
        WHERE $1::text IS NULL OR grader = $1
        ORDER BY measured_at, id`
      const rows = await database.query(sql, [grader ?? null])
      return rows.map((row) =>
        calibrationSchema.parse(JSON.parse(z.object({ calibration: z.string() }).parse(row).calibration)),
      )
    },
    close: database.close,
  }
}
