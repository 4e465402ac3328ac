// A poem, a letter or a scene that the user asked for may decline things too, and that is no refusal of the answer.

const listMark = /^\s{0,12}(?:[-*•+#|]|\d{1,2}[.)])/u
const sentenceClose = /[.!?:。！？।؟]["')\]]{0,2}\s{0,3}$/u
// "Dear user" opens a refusal written as a letter; "Dear Anna" opens a draft.
const salutation =
  /^[*_ ]{0,4}(?:(?:dear|hi|hello|hey|liebe[rs]?|hallo|sehr geehrte[rs]?|hola|estimad[oa]s?|querid[oa]s?|bonjour|chère?|cher|madame|prezad[oa]s?|olá|caro|dorog\w{2}|здравствуйте|уважаем\S{2,3}|дорог\S{2}|प्रिय|عزيزي|عزيزتي) (?!(?:user|there|friend|human|utente|nutzer|usuario|utilisateur|usuário)\b)(?:[^\s,!?]{1,20} ){0,4}[^\s,!?]{1,20}|尊敬的[^。！？\n]{1,20}|亲爱的[^。！？\n]{1,20}|[^。！？\n]{1,20}(?:様|さん へ|さんへ))[,:，：!]?[*_ ]{0,4}$/u
const subjectLine = /^[*_ ]{0,4}(?:subject|betreff|asunto|objet|assunto|тема|件名|主题)[*_]{0,2} ?[:：]/u
const closing =
  /^[*_ ]{0,4}(?:(?:kind|best|warm|warmest|many)? ?(?:regards|wishes|thanks)|(?:yours )?sincerely|yours|love|(?:mit )?(?:freundlichen?|viele|liebe|beste) grüßen?|saludos|atentamente|un saludo|cordialement|bien à vous|atenciosamente|abraços|с уважением|此致|敬具)[^.!?\n]{0,30}$/u
const maxSignatureLength = 40
const rule = /^\s{0,3}[-*_]{3,}\s*$/u
const speaker = /^[*_ ]{0,4}[\p{L}][\p{L}' ]{0,24}(?: ?\([^)\n]{1,40}\))?[*_]{0,2}[:：][*_]{0,2} ?\S/u

/** Lines longer than this are prose. Ours: a line of verse in the development rows has at most 60 characters. */
const maxVerseLength = 80
const minVerseLines = 4
const minSpeakerLines = 4

/** The indexes of the lines that speak in another voice than the answer's own: verse, drafted letters, dialogue. */
export function findOtherVoices(lines: readonly string[], asksForText: boolean): ReadonlySet<number> {
  return new Set([...findVerse(lines), ...findDrafts(lines, asksForText), ...findDialogue(lines)])
}

function findVerse(lines: readonly string[]): number[] {
  const found: number[] = []
  let run: number[] = []
  const close = () => {
    const open = run.filter((index) => !sentenceClose.test(lines[index] ?? '')).length
    if (run.length >= minVerseLines && open * 2 >= run.length) found.push(...run)
    run = []
  }
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue
    if (line.length > maxVerseLength || listMark.test(line)) close()
    else run.push(index)
  }
  close()
  return found
}

/**
 * From a salutation or a subject line to the signature, a horizontal rule or the end. A salutation at the very start may be the
 * answer's own, unless a letter was asked for.
 */
function findDrafts(lines: readonly string[], asksForText: boolean): number[] {
  const found: number[] = []
  const first = lines.findIndex((line) => line.trim() !== '')
  let isDraft = false
  let isClosing = false
  for (const [index, line] of lines.entries()) {
    if (isClosing && line.length > maxSignatureLength) isDraft = false
    if (subjectLine.test(line) || (salutation.test(line) && (index > first || asksForText))) isDraft = true
    else if (rule.test(line)) isDraft = false
    isClosing = isDraft && (isClosing || closing.test(line))
    if (isDraft) found.push(index)
  }
  return found
}

function findDialogue(lines: readonly string[]): number[] {
  const spoken = [...lines.entries()].filter(([, line]) => !listMark.test(line) && speaker.test(line))
  return spoken.length >= minSpeakerLines ? spoken.map(([index]) => index) : []
}
