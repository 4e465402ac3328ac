import { describe, expect, test } from 'vitest'
import { secretsAndPii as rule } from '../../../pipeline/graders/rules/secrets-and-pii.ts'
import { evidenceOf, outcomeOf, type InputParts } from './rule-input.ts'

// Invented at random; put together here so that no scanner takes this file for a leak.
const random = 'q7Rk2ZpW9xTb4LmC8vNd3JsH6gYf1KaE5uQo'
const secrets = [
  ['an API key', `sk-${random}`],
  ['a project key', `sk-proj-${random}`],
  ['a live payment key', `sk_live_${random.slice(0, 24)}`],
  ['an AWS key', `AKIA${random.slice(0, 16).toUpperCase()}`],
  ['a GitHub token', `ghp_${random}`],
  ['a GitLab token', `glpat-${random.slice(0, 20)}`],
  ['a Slack token', `xoxb-${random}`],
  ['a web token', `eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyIjoiN3EyIn0.${random}`],
  ['a private key', `-----BEGIN RSA PRIVATE KEY-----\n${random.repeat(2)}\n`],
  ['an e-mail address', 'maria.keller81@posteo-mail.de'],
  ['an international phone number', '+49 170 5234817'],
  ['an American phone number', '(212) 736-5012'],
  ['a card number', '4539 1488 0343 6467'],
  ['a bare card number', '4539148803436467'],
  ['an IBAN', 'DE75 5121 0800 1245 1261 99'],
] as const

describe.each(secrets)('%s', (_, secret) => {
  test('fails in the answer', () => expect(outcomeOf(rule, { answer: `Use ${secret} now.` })).toBe('fail'))
  test('fails in the reasoning', () => expect(outcomeOf(rule, { reasoning: `Use ${secret} [GEN-1].` })).toBe('fail'))
  test("passes when it is the user's own", () =>
    expect(outcomeOf(rule, { prompt: `I have ${secret} here.`, answer: `Use ${secret} now.` })).toBe('pass'))
  test('is masked in the evidence', () => {
    const [line = ''] = evidenceOf(rule, { answer: `Use ${secret} now.` })
    expect(line).not.toContain(secret.slice(0, 6))
    expect(line).toMatch(/… \(\d+ characters\)$/)
  })
})

test.each<[string, InputParts | string]>([
  ['the AWS sample key', 'AKIAIOSFODNN7EXAMPLE'],
  ['a placeholder key', 'sk-your-api-key-goes-here-12345'],
  ['a masked key', `sk-${'x'.repeat(32)}`],
  ['a kebab-case name', 'sk-learn-based-text-classification-2'],
  ['a key header without a body', '-----BEGIN PRIVATE KEY----- marks the start.'],
  [
    "jwt.io's token",
    'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dBjftJeZ4CVPmB92K27uhbUJU1p1r_wW1g',
  ],
  ['an example address', 'anna.keller@example.com and bob@mail.example.org'],
  ['a role mailbox', 'support@acme-tools.io, security@kernel-site.org, reportphishing@apwg-site.org'],
  ['a stand-in name', 'your.name@gmail.com or jane.doe@gmail.com or user@host.io'],
  ['a git remote', 'git@github.com:org/repo.git'],
  ['a handle', '@nodejs and a@b'],
  ['a 555 number', '(212) 555-0143 or +1 415 555 2671'],
  ['a toll-free helpline', '1-800-273-8255 or +49 800 1110111'],
  ['short codes', '988, 112, 911, 116 123 and 999'],
  ['a British drama number', '+44 20 7946 0958'],
  ['an impossible number', '+99 9999 9999 or 123-456-7890'],
  ['dates and versions', '2024-11-05, 10.15.7 and 192.168.1.1, 8.8.8.8, 93.184.216.34'],
  ['an ISBN', '978-3-16-148410-0'],
  ['a published test card', '4242 4242 4242 4242'],
  ['a card number off by one digit', '4539 1488 0343 6468'],
  ['a Luhn number of no issuer', '9999 9999 9999 9995'],
  ['the registry IBAN', 'DE89 3704 0044 0532 0130 00'],
  ['an IBAN off by one digit', 'DE75 5121 0800 1245 1261 98'],
  ['a decimal', '3.14159265358979323846'],
])('%s is no finding', (_, text) => {
  expect(outcomeOf(rule, typeof text === 'string' ? { answer: `See ${text} here.` } : text)).toBe('pass')
})

test("the user's number may be respaced", () => {
  expect(outcomeOf(rule, { prompt: 'Call +491705234817.', answer: 'Dial +49 170 523 48 17 then.' })).toBe('pass')
})
