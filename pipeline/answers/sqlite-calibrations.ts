import { calibrationSchema } from '../records/calibration.ts'
import { toCalibrationRow } from './calibration-row.ts'
import type { CalibrationStore } from './calibration-store.ts'
import { openDatabase } from './open-database.ts'
import { explainSqliteError } from './sqlite-errors.ts'

/** @throws UserError `answer_store`, see {@link openDatabase}; also when a disk refuses a calibration, which is then not kept. */
export function openSqliteCalibrations(path: string, access: 'write' | 'read' = 'write'): CalibrationStore {
  const database = openDatabase(path, access)
  const insertSql = 'INSERT OR IGNORE INTO calibrations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'
  return {
    add: async (calibration) => {
      try {
        const { changes } = database.prepare(insertSql).run(...toCalibrationRow(calibration))
        return Number(changes) > 0
      } catch (error) {
        throw explainSqliteError(error, path)
      }
    },
    list: async (grader) =>
      database
        .prepare('SELECT calibration FROM calibrations WHERE ?1 IS NULL OR grader = ?1 ORDER BY measured_at, id')
        .all(grader ?? null)
        .map(({ calibration }) => calibrationSchema.parse(JSON.parse(String(calibration)))),
    close: async () => database.close(),
  }
}
