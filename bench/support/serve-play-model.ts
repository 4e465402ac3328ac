/* The server of a benchmark, in a process of its own: sends its base URL to the parent and serves until it is killed. */
import { startChatServer } from '../../test/support/chat-server.ts'
import { createPlayModel } from '../../test/support/play-model.ts'

const latencyMs = Number(process.argv[2] ?? 50)
const { baseUrl } = await startChatServer({ reply: createPlayModel(), latencyMs, keepRequests: false })
process.send?.(baseUrl)
