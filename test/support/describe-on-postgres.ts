import { afterAll, beforeAll, describe } from 'vitest'
import { explainNoPostgres, startPostgres, type PostgresServer } from './postgres.ts'

/**
 * Tests on a PostgreSQL server that starts before the first of them and ends after the last. Skipped, with the reason in
 * the title, where there is none.
 * @throws when they must run (`REQUIRE_POSTGRES=1`) and cannot.
 */
export function describeOnPostgres(
  what: string,
  options: { readonly timeout: number },
  body: (postgres: Pick<PostgresServer, 'createDatabase'>) => void,
): void {
  const missing = explainNoPostgres()
  describe.skipIf(missing !== null)(`${what} (${missing ?? 'PostgreSQL installed'})`, options, () => {
    let server: PostgresServer
    beforeAll(async () => {
      server = await startPostgres()
    })
    afterAll(() => server.close())
    body({ createDatabase: () => server.createDatabase() })
  })
}
