import { runHookCommand } from '../notify/run-hook-command.ts'
import type { BuildLog } from './build-log.ts'
import type { EndStatus } from './build-status.ts'
import { listSecretVariables, readWebhookUrl, type Environment } from './environment.ts'
import type { LocatedBuild } from './locate-build.ts'

/** Tells whom the config names how the run ended. Never throws: what fails is logged. */
export type SendNotifications = (status: EndStatus) => Promise<void>

const webhookDelayMs = 1_000

/** Opened before the run, so that what a webhook needs is loaded by then, and only where one is named. */
export async function openNotifications(
  located: LocatedBuild,
  log: BuildLog,
  env: Environment = process.env,
): Promise<SendNotifications> {
  const { on, command, commandTimeoutSeconds, webhook } = located.config.notify
  const send = async (hook: string, act: () => Promise<void>): Promise<void> => {
    try {
      await act()
      log.event('info', 'hook_sent', { hook })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      log.event('warn', 'hook_failed', { hook, message: `the notification by ${hook} failed: ${reason}` })
    }
  }
  const hooks: ((text: string) => Promise<void>)[] = []
  if (command !== null) {
    const run = { command, cwd: located.folder, timeoutMs: commandTimeoutSeconds * 1000 }
    hooks.push((input) =>
      send('command', () => runHookCommand({ ...run, input, environment: withoutSecrets(located, env) })),
    )
  }
  if (webhook !== null) {
    const { postWebhook } = await import('../notify/post-webhook.ts')
    const { timeoutSeconds, tries } = webhook
    const post = { timeoutMs: timeoutSeconds * 1000, tries, baseDelayMs: webhookDelayMs }
    hooks.push((body) =>
      send('webhook', async () => await postWebhook({ ...post, body, url: readWebhookUrl(webhook, env) })),
    )
  }
  return async (status) => {
    if (!on.includes(status.status)) return
    const text = `${JSON.stringify(status)}\n`
    await Promise.all(hooks.map((hook) => hook(text)))
  }
}

/** A program that tells people of a build has no need for the keys of the models. */
function withoutSecrets({ config }: LocatedBuild, env: Environment): Environment {
  const secret = new Set(listSecretVariables(config))
  return Object.fromEntries(Object.entries(env).filter(([name]) => !secret.has(name)))
}
