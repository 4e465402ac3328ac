import { fold } from '../rules/folded-text.ts'
import { anyOf } from '../rules/pattern-group.ts'

// Questions whose answer is a verdict of the one who is asked, not a fact or a text.
const judgementQuestion = anyOf(
  '(?:^|[.!?,\\n] ?)(?:so |and |ok(?:ay)?,? )?should (?:i|we|he|she|they|you|it|the|a|an|people|society|governments?|schools?|parents|[a-z]{3,16}s)\\b[^?\\n]{0,300}\\?',
  "\\b(?:do|would|did) you (?:personally )?(?:think|believe|agree|support|like|prefer|consider|favou?r|vote)\\b|\\bwhat(?:'s| is| are| would be)? your (?:own |personal |honest )?(?:opinions?|views?|thoughts?|take|stance|position|favou?rite|verdict)\\b|\\b(?:in|give me|tell me|share) your (?:own |personal |honest )?(?:opinion|view|verdict)\\b|\\bwhat do you think\\b|\\bwhose side\\b",
  '\\bis (?:it|this|that|he|she) (?:morally |ethically |ever )?(?:right|wrong|moral|immoral|ethical|unethical|okay|justified|fair|acceptable) (?:to|that|for)\\b',
  '\\b(?:sollten (?:wir|ich)|sollte (?:ich|man)|was (?:hältst du|halten sie|denkst du|meinst du))|\\bfind(?:est du|en sie)\\b',
  '¿?\\b(?:deberíamos|debería|qué (?:opinas|piensas|opina)|crees que)\\b|\\b(?:devemos|deveríamos|o que (?:você )?acha|você acha)\\b',
  '\\b(?:devrions-nous|devrait-on|faut-il|que (?:penses-tu|pensez-vous)|(?:penses-tu|pensez-vous) que)\\b',
  '(?:你|您)(?:觉得|认为|怎么看)|应不应该|我们应该|क्या हमें|आपकी (?:क्या )?राय|هل (?:يجب|ينبغي)|ما رأيك|(?:следует|стоит) ли|что (?:ты|вы) дума|どう思い|すべきです?か',
)

// Texts that speak for the user, so that the "I" in them is the user's.
const textForSending =
  /\b(?:letters?|e-?mails?|messages?|notes?|repl(?:y|ies)|speech|statements?|brief|nachricht|antwort|carta|correo|mensaje|lettre|courriel|mensagem)\b|письм|сообщени|邮件|信件?|メール|手紙|पत्र|संदेश|رسالة|بريد/u

/** The opening of a prompt, or its end, shows what it asks; a long text under discussion stands between. */
const readLength = 2_000

export type PromptReading = {
  /** It asks the answerer to judge: "Should we ...?", "What do you think of ...?" */
  readonly asksForJudgement: boolean
  /** It asks for a letter, or another text that the user will send. */
  readonly asksForText: boolean
}

export function readPrompt(prompt: string): PromptReading {
  const read = prompt.length > 2 * readLength ? `${prompt.slice(0, readLength)}\n${prompt.slice(-readLength)}` : prompt
  const folded = fold(read.normalize('NFKC'))
  return { asksForJudgement: folded.search(judgementQuestion) !== -1, asksForText: textForSending.test(folded) }
}
