import { existsSync } from 'node:fs'
import { chromium, type Page } from 'playwright-core'
import { onTestFinished, type TestContext } from 'vitest'

/** Debian's; CI installs it, see .ci/run. */
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export type WatchedPage = {
  readonly page: Page
  /** Addresses of every request of the page. */
  readonly requests: readonly string[]
  /** Errors of scripts and of the console, violations of the policy, dialogs, new windows: nothing is right. */
  readonly troubles: readonly string[]
}

export type Screen = {
  readonly dark?: boolean
  readonly width?: number
  readonly height?: number
  /** False: a browser that runs no scripts. */
  readonly script?: boolean
}

/** A page in a real Chromium, which writes down all that should not be; skips the test where there is no Chromium. */
export async function openPage({ skip }: TestContext, screen: Screen = {}): Promise<WatchedPage> {
  if (!existsSync(executablePath)) {
    if (process.env['REQUIRE_BROWSER'] === '1') throw new Error(`expected Chromium at ${executablePath}, got none`)
    skip(`needs Chromium at ${executablePath} (apt-get install chromium), or at the path in CHROMIUM`)
  }
  const browser = await chromium.launch({ executablePath, args })
  onTestFinished(() => browser.close())
  const context = await browser.newContext({
    colorScheme: screen.dark === true ? 'dark' : 'light',
    javaScriptEnabled: screen.script ?? true,
    viewport: { width: screen.width ?? 1440, height: screen.height ?? 900 },
  })
  const requests: string[] = []
  const troubles: string[] = []
  context.on('request', (request) => requests.push(request.url()))
  context.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      troubles.push(`console: ${message.text()} ${message.location().url}`)
  })
  context.on('weberror', (error) => troubles.push(`script: ${error.error().message}`))
  context.on('dialog', (dialog) => {
    troubles.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  context.setDefaultTimeout(10_000)
  const page = await context.newPage()
  context.on('page', (other) => troubles.push(`window: ${other.url()}`))
  await page.exposeFunction('noteViolation', (violation: string) => void troubles.push(`policy: ${violation}`))
  await page.addInitScript(`
    addEventListener('securitypolicyviolation', (event) => noteViolation(event.violatedDirective + ' ' + event.blockedURI))`)
  return { page, requests, troubles }
}
