import { once } from 'node:events'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { expect, test } from 'vitest'
import { makeAuditSample, makeSibling } from './audit-rows.ts'
import { callServer, serveBuild, type Reply, type ServedBuild } from './serve-build.ts'

/* One test a rule, each of which fails when the rule is dropped. */

const secret = 'A very particular answer'
const sample = makeAuditSample(1, { answer: secret })
const page = `/item/${sample.promptId}?order=build`
const serve = (): Promise<ServedBuild> => serveBuild({ samples: [sample], rejections: [makeSibling(1, 'outranked')] })

const formType = { 'content-type': 'application/x-www-form-urlencoded' }

async function readFormToken(served: ServedBuild): Promise<string> {
  return /name="form-token" value="([^"]+)"/.exec(await served.read(page))?.[1] ?? ''
}

async function fillForm(served: ServedBuild, changes: Readonly<Record<string, string>> = {}): Promise<string> {
  const fields = { row: '0', digest: sample.contentDigest, action: 'reject', reason: 'Because.' }
  const token = await readFormToken(served)
  return new URLSearchParams({ 'form-token': token, ...fields, queue: 'order=build', at: '0', ...changes }).toString()
}

/** Refused with this status, with none of the build's text, and nothing decided. */
async function expectRefusal(served: ServedBuild, reply: Reply, status = 403): Promise<void> {
  expect(reply.status).toBe(status)
  expect(reply.body).not.toContain(secret)
  expect(reply.headers['set-cookie']).toBeUndefined()
  expect(await served.decisions()).toEqual([])
}

test('what all the tests below leave out one by one is a decision when nothing is left out', async () => {
  const served = await serve()
  const body = await fillForm(served)
  const headers = { ...formType, origin: served.origin, 'sec-fetch-site': 'same-origin' }
  expect((await served.call('/decide', { method: 'POST', headers, body })).status).toBe(303)
  expect(await served.decisions()).toHaveLength(1)
})

test('the server cannot be reached under another address of this machine', async () => {
  const served = await serve()
  const others = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal }) => !internal)
  for (const { address } of others) {
    const socket = connect(served.port, address)
    const outcome = await Promise.race([
      once(socket, 'connect').then(() => 'connected'),
      once(socket, 'error').then(
        () => 'refused',
        () => 'refused',
      ),
    ]).catch(() => 'refused')
    socket.destroy()
    expect([address, outcome]).toEqual([address, 'refused'])
  }
})

test.each([
  '/',
  page,
  '/queue?order=build',
  '/list?order=build',
  '/text/0/answer',
  '/requests/0',
  '/audit.js',
  '/nothing',
])('without the cookie %s is refused', async (path) => {
  const served = await serve()
  await expectRefusal(served, await served.call(path, { isStranger: true }))
})

test.each(['a cookie of another start', 'an empty cookie', 'the token as a cookie'])('%s is refused', async (kind) => {
  const served = await serve()
  const name = served.cookie.split('=')[0] ?? ''
  const value = {
    'a cookie of another start': 'x'.repeat(43),
    'an empty cookie': '',
    'the token as a cookie': served.token,
  }[kind]
  const reply = await served.call(page, { isStranger: true, headers: { cookie: `${name}=${value}` } })
  await expectRefusal(served, reply)
})

test.each(['', '?token=', '?token=wrong', `?token=${'x'.repeat(43)}`])(
  'a start with %j gives no cookie',
  async (query) => {
    const served = await serve()
    await expectRefusal(served, await served.call(`/start${query}`, { isStranger: true }))
  },
)

test('the token is exchanged for a cookie that scripts and other sites cannot use, and leaves the address', async () => {
  const served = await serve()
  const { status, headers } = await served.call(`/start?token=${served.token}`, { isStranger: true })
  expect([status, headers['location']]).toEqual([303, '/'])
  const [cookie] = headers['set-cookie'] ?? []
  expect(cookie).toMatch(new RegExp(`^audit_${served.port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`))
  expect(cookie).not.toContain(served.token)
  for (const path of ['/', page, '/list?order=build']) expect(await served.read(path)).not.toContain(served.token)
})

test('two starts share no secret', async () => {
  const [one, other] = [await serve(), await serve()]
  const secrets = [one, other].flatMap(({ token, cookie }) => [token, cookie.split('=')[1]])
  expect(new Set(secrets).size).toBe(4)
  expect(await readFormToken(one)).not.toBe(await readFormToken(other))
})

test.each([
  ['a name of someone else that was made to point here', (port: number) => `evil.test:${port}`],
  ['another port', (port: number) => `127.0.0.1:${port + 1}`],
  ['no port', () => '127.0.0.1'],
  ['a name that only begins like ours', (port: number) => `127.0.0.1.evil.test:${port}`],
  ['another address of loopback', (port: number) => `127.0.0.2:${port}`],
])('a Host that is %s is refused, with the cookie and with the token', async (_, hostOf) => {
  const served = await serve()
  const headers = { host: hostOf(served.port) }
  await expectRefusal(served, await served.call(page, { headers }))
  await expectRefusal(served, await served.call(`/start?token=${served.token}`, { isStranger: true, headers }))
  const origin = `http://${headers.host}`
  const body = await fillForm(served)
  const reply = await served.call('/decide', { method: 'POST', headers: { ...formType, ...headers, origin }, body })
  await expectRefusal(served, reply)
})

test.each(['localhost', '[::1]', '127.0.0.1'])('a Host of %s is ours', async (name) => {
  const served = await serve()
  const { status } = await served.call(page, { headers: { host: `${name}:${served.port}` } })
  expect(status).toBe(200)
})

test.each([
  ['of another site', { origin: 'http://evil.test' }],
  ['of another port of this machine', { origin: 'http://127.0.0.1:1' }],
  ['under another name of this machine', { origin: 'http://localhost:PORT' }],
  ['of a sandboxed frame', { origin: 'null' }],
  ['of https', { origin: 'https://127.0.0.1:PORT' }],
  ['unknown: neither Origin nor Sec-Fetch-Site', {}],
  ['of another site, by Sec-Fetch-Site', { 'sec-fetch-site': 'cross-site' }],
  ['of another port, by Sec-Fetch-Site, whatever Origin says', { origin: 'OURS', 'sec-fetch-site': 'same-site' }],
  ['the address bar', { 'sec-fetch-site': 'none' }],
])('a decision from a page %s is refused', async (_, headers: Readonly<Record<string, string>>) => {
  const served = await serve()
  const filled = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      value.replace('PORT', String(served.port)).replace('OURS', served.origin),
    ]),
  )
  const body = await fillForm(served)
  await expectRefusal(
    served,
    await served.call('/decide', { method: 'POST', headers: { ...formType, ...filled }, body }),
  )
})

test.each(['cross-site', 'same-site'])('another page (%s) cannot read anything, even with the cookie', async (site) => {
  const served = await serve()
  await expectRefusal(served, await served.call(page, { headers: { 'sec-fetch-site': site } }))
})

test('a form without its token, or with that of another start, decides nothing', async () => {
  const served = await serve()
  const headers = { ...formType, origin: served.origin }
  for (const token of ['', 'x'.repeat(43), served.token]) {
    const body = await fillForm(served, { 'form-token': token })
    await expectRefusal(served, await served.call('/decide', { method: 'POST', headers, body }))
    const veil = new URLSearchParams({ 'form-token': token, veil: 'off', back: 'x', queue: '', at: '' }).toString()
    await expectRefusal(served, await served.call('/veil', { method: 'POST', headers, body: veil }))
  }
})

test('a GET decides nothing', async () => {
  const served = await serve()
  const query = await fillForm(served)
  await expectRefusal(served, await served.call(`/decide?${query}`), 404)
})

test.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s is refused', async (method) => {
  const served = await serve()
  await expectRefusal(served, await served.call(page, { method, headers: { origin: served.origin } }), 405)
})

test('a body over the limit is refused, whether it says its length or not', async () => {
  const served = await serve()
  const body = await fillForm(served, { reason: 'x'.repeat(300_000) })
  const headers = { ...formType, origin: served.origin }
  await expectRefusal(served, await served.call('/decide', { method: 'POST', headers, body }), 413)
  const chunked = { ...headers, 'transfer-encoding': 'chunked' }
  await expectRefusal(served, await served.call('/decide', { method: 'POST', headers: chunked, body }), 413)
})

test('the longest reason that may be given fits, in characters that take most bytes', async () => {
  const served = await serve()
  const body = await fillForm(served, { reason: '\u{1F9EA}'.repeat(5000) })
  const headers = { ...formType, origin: served.origin }
  expect((await served.call('/decide', { method: 'POST', headers, body })).status).toBe(303)
})

const tricks = [
  '/../package.json',
  '/..%2f..%2fpackage.json',
  '/audit.css/../../audit-build.ts',
  '/%2e%2e/server/guard.ts',
  '/page/audit.js',
  '/text/0/../../../etc/passwd',
  '/text/0/__proto__',
  '/text/0/verdicts.constructor.rationale',
  '/text/-1/answer',
  '/text/1e9/answer',
  '/text/999999999/answer',
  '/requests/999999999',
  '/request-text/..%2f..%2fetc%2fpasswd/text',
  '/item/..%2f..%2fmanifest.json?order=build',
  '/item/row-0?order=build',
  "/item/x'%20OR%201=1--?order=build",
]

test('no address leads to a file, a row or a request that is not there to be read', async () => {
  const served = await serve()
  for (const path of tricks) {
    const { status, body } = await served.call(path)
    expect([path, status, body.includes('There is no such page.')]).toEqual([path, 404, true])
  }
  expect(served.problems).toEqual([])
})

test('SQL in a filter is a value like any other', async () => {
  const served = await serve()
  for (const field of ['category', 'code', 'grader', 'text', 'language']) {
    const query = new URLSearchParams({ [field]: `x' OR 1=1; DROP TABLE rows; --` }).toString()
    expect(await served.read(`/list?${query}`)).toContain('Nothing matches.')
  }
  expect(await served.read('/list?order=build')).toContain('1 samples')
})

test('every reply, refusals too, forbids what is not ours and may not be kept', async () => {
  const served = await serve()
  const replies = [
    await served.call(page),
    await served.call('/audit.js'),
    await served.call('/text/0/answer'),
    await served.call('/nothing'),
    await served.call('/list?order=sideways'),
    await served.call('/', { isStranger: true }),
    await served.call('/', { headers: { host: 'evil.test' } }),
    await served.call('/', { method: 'PUT' }),
    await served.call(`/start?token=${served.token}`, { isStranger: true }),
  ]
  for (const { headers } of replies) {
    const policy = String(headers['content-security-policy']).split('; ').toSorted()
    expect(policy).toEqual(
      [
        "base-uri 'none'",
        "connect-src 'self'",
        "default-src 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "img-src 'self'",
        "require-trusted-types-for 'script'",
        "script-src 'self'",
        "style-src 'self'",
        "trusted-types 'none'",
      ].toSorted(),
    )
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'x-frame-options': 'DENY',
    })
    expect(headers['access-control-allow-origin']).toBeUndefined()
    expect(headers['x-powered-by']).toBeUndefined()
  }
})

test('whole texts come as plain text', async () => {
  const served = await serve()
  const { headers, body } = await served.call('/text/0/answer')
  expect([headers['content-type'], body]).toEqual(['text/plain; charset=utf-8', secret])
})

test('a failure shows no stack and no path, and the terminal is told all of it', async () => {
  const served = await serve()
  const { rm } = await import('node:fs/promises')
  await rm(served.folder, { recursive: true })
  const { status, body } = await served.call(page)
  expect(status).toBe(500)
  expect(body).not.toContain(served.folder)
  expect(body).not.toMatch(/\.ts|node_modules|Error:|read_parquet/)
  expect(served.problems).toHaveLength(1)
})

test('a header that is too large, or no HTTP at all, does not stop the server', async () => {
  const served = await serve()
  const long = await callServer(served.port, '/', { headers: { cookie: 'x'.repeat(60_000) } }).catch(() => null)
  expect(long?.status ?? 431).toBe(431)
  const socket = connect(served.port, '127.0.0.1')
  socket.end('\u0000\u0001 nonsense\r\n\r\n')
  await once(socket.resume(), 'close')
  expect((await served.call(page)).status).toBe(200)
})
