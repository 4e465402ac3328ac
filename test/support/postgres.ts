import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { chmod, chown, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getuid } from 'node:process'
import { createInterface } from 'node:readline'
import { Client } from 'pg'

/** Where Debian's package puts a server's programs; the newest version is taken. */
const debianRoot = '/usr/lib/postgresql'

export type PostgresServer = {
  /** A new, empty database. */
  readonly createDatabase: () => Promise<string>
  readonly close: () => Promise<void>
}

/**
 * Why tests that need PostgreSQL are skipped; null when they run.
 * @throws when they must run (`REQUIRE_POSTGRES=1`) and cannot.
 */
export function explainNoPostgres(): string | null {
  const reason = findPrograms() === null ? `no PostgreSQL under ${debianRoot}: apt-get install postgresql` : null
  if (reason !== null && process.env['REQUIRE_POSTGRES'] === '1') throw new Error(`REQUIRE_POSTGRES=1, but ${reason}`)
  return reason
}

function findPrograms(): string | null {
  if (!existsSync(debianRoot)) return null
  const versions = readdirSync(debianRoot).toSorted((a, b) => Number(b) - Number(a))
  return (
    versions.map((version) => join(debianRoot, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb'))) ?? null
  )
}

/**
 * A server of its own in a temporary folder, on a unix socket there: no port to fight over. It refuses to run as root, so
 * root runs it as the user whom Debian's package made for it.
 * @param parent Its folder's.
 * @param settings Default: nothing is synced, since a power cut is nothing that a test can bring about.
 */
export async function startPostgres(
  parent = tmpdir(),
  settings: readonly string[] = ['fsync=off', 'full_page_writes=off'],
): Promise<PostgresServer> {
  const programs = findPrograms()
  if (programs === null) throw new Error('expected PostgreSQL')
  const folder = await mkdtemp(join(parent, 'pg-'))
  await chmod(folder, 0o755)
  const isRoot = getuid?.() === 0
  if (isRoot) await chown(folder, idOf('-u'), idOf('-g'))
  const [data, asUser] = [join(folder, 'data'), isRoot ? ['runuser', '-u', 'postgres', '--'] : []]
  const run = (program: string, args: readonly string[]): ChildProcess => {
    const [command = '', ...rest] = [...asUser, join(programs, program), ...args]
    return spawn(command, rest, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  }
  const locale = ['--encoding=UTF8', '--locale=C', '--username=postgres', '--auth=trust', '--no-sync']
  const initdb = run('initdb', ['-D', data, ...locale])
  const [code] = await once(initdb, 'close')
  if (code !== 0) throw new Error(`initdb ended with ${code}`)
  const all = [...settings, 'listen_addresses=', 'max_connections=200'].flatMap((setting) => ['-c', setting])
  const server = run('postgres', ['-D', data, '-k', folder, ...all])
  await waitUntilReady(server)
  const toUrl = (database: string): string => `postgres://postgres@/${database}?host=${encodeURIComponent(folder)}`
  return {
    createDatabase: async () => {
      const name = `t_${randomBytes(6).toString('hex')}`
      await runSql(toUrl('postgres'), `CREATE DATABASE ${name}`)
      return toUrl(name)
    },
    close: async () => {
      const closed = once(server, 'close')
      // Immediate shutdown, to the server itself: runuser does not pass signals on.
      const [pid] = (await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n')
      process.kill(Number(pid), 'SIGQUIT')
      await closed
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export async function runSql(url: string, sql: string): Promise<readonly unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

function idOf(option: '-u' | '-g'): number {
  return Number(spawnSync('id', [option, 'postgres'], { encoding: 'utf8' }).stdout)
}

async function waitUntilReady({ stderr }: ChildProcess): Promise<void> {
  if (stderr === null) throw new Error('expected a pipe')
  const seen: string[] = []
  for await (const line of createInterface({ input: stderr })) {
    seen.push(line)
    if (!line.includes('ready to accept connections')) continue
    stderr.resume()
    return
  }
  throw new Error(`PostgreSQL did not start:\n${seen.join('\n')}`)
}
