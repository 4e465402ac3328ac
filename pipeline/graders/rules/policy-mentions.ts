import { anyOf, anyWordOf, type PatternGroup } from './pattern-group.ts'

const against =
  '(?:against|violat(?:es?|ing|ions? of)|contrary to|in (?:conflict|line|accordance|compliance) with|conflicts? with|comply with|according to|under|per|due to|because of|based on|prohibited by|required by|restricted by|not allowed by)'
const ownKind = '(?:content|safety|usage|use|ethical|ethics|moral|internal|core|operating|programmed|responsible use)'
const rulebook = '(?:polic(?:y|ies)|guidelines?|spec|specification)'
const restricted = '(?:restricted|disallowed|prohibited|not (?:allowed|permitted))'

/** The rules the model follows, named as its own: wrong in an answer whatever it is about. */
export const ownRules: readonly PatternGroup[] = [
  {
    why: "it refers to the model's own rules",
    // "propriety: references safety policy" of Rule Based Rewards; style clause SP-17.
    pattern: anyWordOf(
      `my (?:own |current |built-in )?(?:${ownKind} ){0,2}(?:guidelines|guardrails|programming(?! (?:skills?|class|course|language|job|homework|career|experience|project|teacher|assignment)))`,
      `my (?:own )?${ownKind} ${rulebook}`,
      `my (?:system prompt|model spec|programmed (?:purpose|rules))`,
      `${against} (?:openai|anthropic)(?:'s)? (?:[a-z]{2,12} ){0,3}(?:polic(?:y|ies)|guidelines|standards|principles|values|mission|rules)`,
      `(?:standards|guidelines|polic(?:y|ies)|principles|values|rules) (?:of|set by|at|from) (?:openai|anthropic|this platform|my (?:developers?|creators?|makers?))`,
      `${rulebook}(?: that| which)? (?:i (?:follow|was given|am given|operate under|must follow|have to follow|am bound by|work (?:under|by)|have been given|adhere to)|(?:govern|guide|bind|apply to|constrain)s? me)`,
      `(?:rules|instructions) (?:that |which )?(?:i (?:was given|am given|operate under|am bound by|have been given)|(?:govern|bind|constrain) me)`,
    ),
  },
  {
    why: "it refers to the model's own rules",
    // de, es, fr, pt, it, zh, hi, ar, ru, ja: possessives that only the speaker's own rules take.
    pattern: anyOf(
      'meine[nrm]? (?:[a-zäöü]{0,12}richtlinien|programmierung|leitlinien|sicherheitsvorgaben)',
      'mis (?:directrices|políticas|pautas|normas internas)|mi programación(?! (?:de|en|diaria))',
      'mes (?:directives|lignes directrices|règles internes|politiques)|ma programmation|mes consignes (?:de sécurité|internes)',
      'minhas (?:diretrizes|políticas|normas internas)|minha programação(?! (?:de|em|diária))',
      'mie (?:linee guida|direttive|politiche)',
      '我(?:的|所?遵循的|必须遵守的)(?:内容|安全|使用|行为)?(?:政策|准则|指南|指导方针|规范)',
      'मे(?:रे|री) (?:दिशानिर्देश|दिशा-निर्देश|नीति|सुरक्षा नीति|प्रोग्रामिंग)',
      'إرشاداتي|سياساتي|سياستي|برمجتي|المبادئ التوجيهية الخاصة بي',
      'мо(?:и|их|ими|им) (?:правил[аам]{1,2}и? безопасности|директив|внутренни(?:е|х|м|ми) правил)|мо(?:ей|ю|я) политик',
      '私の(?:ガイドライン|ポリシー|プログラム上)',
    ),
  },
]

/** "The policy" without an owner: the model's, unless the conversation is about one. */
export const unownedRules: readonly PatternGroup[] = [
  {
    why: 'it refers to rules that the conversation does not know',
    pattern: anyWordOf(
      `${against} (?:the|any|certain) (?:(?:${ownKind}|community|ai|platform|applicable|relevant)(?:,| and)? ){0,3}(?:polic(?:y|ies)|guidelines?)(?! (?:of|from|by|for|set|issued|published|on|in|your)\\b)`,
      `${against} our (?:(?:${ownKind}|community|ai|platform)(?:,| and)? ){0,3}(?:polic(?:y|ies)|guidelines?)`,
      // A bare "spec" is mostly a technical one: only where it rules on the request.
      `the spec(?:ification)?,? (?:i (?:can|must|should|am|may)|(?:this|that|your request|such requests?) (?:is|are) ${restricted})`,
      `the spec(?:ification)? (?:says|states|requires|forbids|tells me)(?: that)? (?:i|this request|such requests?)`,
      `(?:the|our) (?:${ownKind} )?(?:polic(?:y|ies)|guidelines) (?:says?|states?|requires?|prohibits?|forbids?|allows?|(?:does not|doesn't|do not|don't) (?:allow|permit))`,
    ),
  },
]

/** Supplied text, where the user supplied none: the spec showing through. */
export const suppliedRules: readonly PatternGroup[] = [
  {
    why: 'it refers to text that the user did not supply',
    pattern: anyWordOf(
      'as (?:provided|given|supplied|quoted|stated) above',
      `the (?:${rulebook}|rules) (?:that (?:was|were) )?(?:provided|given to me|supplied|quoted above|above)`,
      `the (?:provided|supplied|given) (?:${rulebook}|rules)`,
      `the (?:text|document|context|instructions) (?:that (?:was|were) )?(?:provided|supplied|given|quoted|i was given) (?:above|to me)`,
    ),
  },
]

/** The policy as a text in view, in the reasoning: the training example does not show it (method.md, SFT stage, 4). */
export const shownPolicy: readonly PatternGroup[] = [
  {
    why: 'it refers to the policy as text that was given',
    pattern: anyWordOf(
      `(?:${rulebook}|clauses?)(?: (?:text|document|excerpts?|sections?))? (?:(?:that |which )?(?:was|were|is|are) |(?:that )?i(?:'ve| have| was|'m| am)(?: been)? |you(?:'ve| have)? |we(?:'ve| have| were)(?: been)? |as )?(?:provided(?! that)|supplied|gave|given (?:to|here|above|in)|shown(?: above| here| to)|listed above|quoted above|included above|pasted|attached|above)`,
      `(?:the|this|these) (?:provided|supplied|given|attached|above|above-mentioned) (?:[a-z]{2,12} )?(?:${rulebook}|clauses?)`,
      `i(?:'ve| have| was| am|'m)(?: been)? (?:given|provided with|shown|handed|supplied with) (?:a|an|the|this|these|some) (?:[a-z]{2,12} )?(?:${rulebook}|rules|clauses?)`,
      `rules (?:that )?i(?:'ve been| have been| was| am) (?:given|shown|provided)`,
      `${rulebook} (?:that |which )?(?:i was|i've been|i have been|i am|we were) (?:given|shown|provided)`,
      `the (?:document|text|file|excerpt|material) (?:that )?(?:you|they|was|i was|i've been|i have been) (?:gave|given|provided|shown|shared)(?: to)?(?: with)?(?: me)?`,
      `according to the (?:text|document) (?:above|provided)`,
    ),
  },
  {
    why: 'it refers to the policy as text that was given',
    // de, es, fr, pt, zh.
    pattern: anyOf(
      '(?:oben (?:genannte|stehende|angegebene)|obige|bereitgestellte|vorliegende|mitgelieferte)[nrms]? (?:richtlinie|policy|spezifikation|regelwerk|leitlinie)',
      '(?:política|directrices|normas|especificación) (?:proporcionad|facilitad|suministrad)[oa]s?|(?:política|directrices) de arriba',
      '(?:politique|directives|consignes|spécification) (?:fournies?|données?|ci-dessus)',
      '(?:política|diretrizes|especificação) (?:fornecid[oa]s?|acima)',
      '(?:上述|上面的?|所?提供的|给定的|给出的)(?:政策|规范|准则|指南)',
    ),
  },
]

/** The system message as the place of the policy; legitimate where the conversation has one or is about them. */
export const systemPrompt: readonly PatternGroup[] = [
  {
    why: 'it refers to a system prompt that the training example does not have',
    pattern: anyOf('\\b(?:the|my|this) (?:system|developer) (?:prompt|message|instructions?)\\b', '系统提示'),
  },
]
