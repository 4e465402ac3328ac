import { hash } from 'node:crypto'
import type { Message } from '../records/message.ts'

/**
 * The marker around text under judgement. It is derived from that very text, so a text cannot contain its own marker
 * (that would be a fixed point of SHA-256), and it is the same on every run, so the request keeps its digest.
 */
export function createNonce(...texts: readonly string[]): string {
  return hash('sha256', JSON.stringify(['fence', ...texts])).slice(0, 20)
}

const headingLine = /^\[(?:system|user|assistant)\]/gm

/**
 * A conversation as plain text, one heading a turn, for classifiers and judges. A line of a turn that looks like a
 * heading is set in, so that no turn can pass for several.
 */
export function renderConversation(messages: readonly Message[]): string {
  return messages.map(({ role, content }) => `[${role}]\n${content.replace(headingLine, ' $&')}`).join('\n\n')
}
