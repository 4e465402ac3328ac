import { postWebhook } from '../notify/post-webhook.ts'
import { runHookCommand } from '../notify/run-hook-command.ts'
import type { BuildLog } from './build-log.ts'
import type { EndStatus } from './build-status.ts'
import { listSecretVariables, readWebhookUrl, type Environment } from './environment.ts'
import type { LocatedBuild } from './open-build.ts'

const webhookDelayMs = 1_000

/** Tells whom the config names how the run ended. Never throws: what fails is logged. */
export async function sendNotifications(
  located: LocatedBuild,
  status: EndStatus,
  log: BuildLog,
  env: Environment = process.env,
): Promise<void> {
  const { on, command, commandTimeoutSeconds, webhook } = located.config.notify
  if (!on.includes(status.status)) return
  const text = `${JSON.stringify(status)}\n`
  const send = async (hook: string, act: () => Promise<void>): Promise<void> => {
    try {
      await act()
      log.event('info', 'hook_sent', { hook })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      log.event('warn', 'hook_failed', { hook, message: `the notification by ${hook} failed: ${reason}` })
    }
  }
  const hooks: Promise<void>[] = []
  if (command !== null) {
    const run = { command, cwd: located.folder, input: text, timeoutMs: commandTimeoutSeconds * 1000 }
    hooks.push(send('command', () => runHookCommand({ ...run, environment: withoutSecrets(located, env) })))
  }
  if (webhook !== null) {
    const { timeoutSeconds, tries } = webhook
    const post = { body: text, timeoutMs: timeoutSeconds * 1000, tries, baseDelayMs: webhookDelayMs }
    hooks.push(send('webhook', async () => await postWebhook({ ...post, url: readWebhookUrl(webhook, env) })))
  }
  await Promise.all(hooks)
}

/** A program that tells people of a build has no need for the keys of the models. */
function withoutSecrets({ config }: LocatedBuild, env: Environment): Environment {
  const secret = new Set(listSecretVariables(config))
  return Object.fromEntries(Object.entries(env).filter(([name]) => !secret.has(name)))
}
