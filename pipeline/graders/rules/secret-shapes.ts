type TokenShape = {
  readonly kind: string
  /** Stands in every match; looked for first, since most texts hold none. */
  readonly start: string
  readonly pattern: RegExp
}

/** Token formats as their issuers document them. Bounded, and anchored
 * at token starts, so that each character is read a bounded number of times. */
export const tokenShapes: readonly TokenShape[] = [
  { kind: 'API key', start: 'sk-', pattern: /(?<![\w-])sk-(?:[a-z]{2,10}\d{0,2}-){0,2}[\w-]{20,200}/gu },
  { kind: 'API key', start: 'k_live_', pattern: /(?<![\w-])[sr]k_live_\w{16,100}/gu },
  { kind: 'API key', start: 'AIza', pattern: /(?<![\w-])AIza[\w-]{35}(?![\w-])/gu },
  { kind: 'API key', start: 'hf_', pattern: /(?<![\w-])hf_[A-Za-z]{30,40}(?![\w-])/gu },
  { kind: 'API key', start: 'npm_', pattern: /(?<![\w-])npm_[A-Za-z0-9]{36}(?![\w-])/gu },
  { kind: 'API key', start: 'SG.', pattern: /(?<!\w)SG\.[\w-]{16,32}\.[\w-]{30,60}/gu },
  { kind: 'AWS access key', start: 'AKIA', pattern: /(?<!\w)AKIA[0-9A-Z]{16}(?!\w)/gu },
  { kind: 'AWS access key', start: 'ASIA', pattern: /(?<!\w)ASIA[0-9A-Z]{16}(?!\w)/gu },
  { kind: 'GitHub token', start: 'gh', pattern: /(?<!\w)gh[pousr]_\w{36,255}/gu },
  { kind: 'GitHub token', start: 'github_pat_', pattern: /(?<!\w)github_pat_\w{22,255}/gu },
  { kind: 'GitLab token', start: 'glpat-', pattern: /(?<![\w-])glpat-[\w-]{20,50}/gu },
  { kind: 'Slack token', start: 'xox', pattern: /(?<![\w-])xox[abprs]-[\w-]{10,200}/gu },
  {
    kind: 'JSON web token',
    start: 'eyJ',
    pattern: /(?<![\w-])eyJ[\w-]{10,2000}\.eyJ[\w-]{10,4000}\.[\w-]{10,2000}/gu,
  },
  {
    kind: 'private key',
    start: 'PRIVATE KEY-----',
    // A header alone explains the format; a body makes it a key.
    pattern: /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY-----(?:\s|\\n){1,4}[A-Za-z0-9+/=\n]{40,120}/gu,
  },
]

/** Words and runs that make a token an illustration: AKIAIOSFODNN7EXAMPLE, sk-your-key-here, ghp_xxxx. */
export const illustration =
  /example|sample|placeholder|dummy|fake|redacted|your|change|secret|x{4}|\*{3}|\.{3}|0{6}|1{6}|a{5}|123456|abcdef|qwerty/iu

/** The token that jwt.io shows ({"sub":"1234567890","name":"John Doe"}). */
export const sampleJwtBody = 'eyJzdWIiOiIxMjM0NTY3ODkw'

export const emailShape = /(?<![\w.+%-])[\w.+%-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,24}(?![\w-])/giu

/** RFC 2606 and 6761 names, and domains that stand for "some domain". */
export const sampleDomain =
  /^[a-z]{1,3}\.(?:com|org|net)$|(?:^|\.)(?:example|test|invalid|localhost|local)$|(?:^|\.)(?:example|domain|yourdomain|mydomain|company|yourcompany|email|mail|website|yoursite|acme|test)\.(?:com|org|net|edu|de|co\.uk)$/u

/** Mailboxes of roles (RFC 2142, and offices that take reports) are public, and these names stand for anyone. */
export const publicMailbox =
  /^(?:info|marketing|sales|support|abuse|noc|secure|security|postmaster|hostmaster|webmaster|contact|help|helpdesk|press|media|privacy|legal|office|admin|hello|enquiries|inquiries|feedback|jobs|careers|billing|service|kontakt|no-?reply|do-?not-?reply|git|(?:[\w.]{0,20})?(?:report|phishing|fraud|spam|cert|soc|tips?)[\w.]{0,20}|(?:your|my)[\w.+-]{1,30}|user(?:name)?\d{0,3}|name|you|me|someone|somebody|alice|bob|(?:first|last)[._-]?name[\w.-]{0,20}|(?:john|jane)[._-]?(?:doe|smith)?)$/u

/** Ten digits with at most three separators between two: in every phone and card number below but the shortest
 * international ones, and in little else. */
export const longNumber = /\d(?:[ ()./-]{0,3}\d){9}/u

/** International form, or North American with dashes, dots or a bracketed area code: forms that little else takes. */
export const internationalPhone = /(?<![\w+])\+\d[\d ()./-]{6,22}\d(?!\d)/gu
export const americanPhone =
  /(?<![\w.+-])(?:\+?1[-. ])?(?:\(\d{3}\) ?\d{3}[-. ]|\d{3}([-.])\d{3}\1)\d{4}(?![\w-]|\.\d)/gu

/** Numbers set aside for fiction: 555 exchanges (NANP), Ofcom's drama numbers, ARCEP's audiovisual numbers. */
export const fictionNumber =
  /^\+1\d{3}555|^\+44(?:2079460|1632960|7700900|1\d{2}4960)|^\+33(?:19900|26191|35301|46571|53649|63998)/u

export const cardShape =
  /(?<![\w.+-]|[\dA-Z] )(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|3\d{3}[ -]\d{6}[ -]\d{5})(?![\w-]| \d|\.\d)/gu

/** Issuer ranges with their lengths (ISO/IEC 7812): Visa, Mastercard, American Express, Discover, JCB, Diners. */
export const cardIssuer =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|2720\d{12}|3[47]\d{13}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35\d{14}|3(?:0[0-5]|[68]\d)\d{11})$/u

/** Test numbers that payment processors publish (Stripe, Adyen, PayPal). */
export const testCards: ReadonlySet<string> = new Set(
  '4111111111111111 4242424242424242 4012888888881881 4000056655665556 4222222222222 5555555555554444 5105105105105100 2223003122003222 5200828282828210 378282246310005 371449635398431 6011111111111117 6011000990139424 3566002020360505 3530111333300000 30569309025904 38520000023237 36227206271667'.split(
    ' ',
  ),
)

export const ibanShape = /(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)/gu

/** The examples of the SWIFT IBAN registry and of encyclopedias. */
export const sampleIbans: ReadonlySet<string> = new Set(
  'DE89370400440532013000 GB29NWBK60161331926819 GB82WEST12345698765432 GB33BUKB20201555555555 FR1420041010050500013M02606 FR7630006000011234567890189 ES9121000418450200051332 IT60X0542811101000000123456 NL91ABNA0417164300 CH9300762011623852957 AT611904300234573201 BE68539007547034 PT50000201231234567890154 PL61109010140000071219812874'.split(
    ' ',
  ),
)
