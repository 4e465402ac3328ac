import type { SentenceCues } from './sentence-cues.ts'

const adverbs =
  '(?: (?:in good conscience|be able to|directly|really|just|simply|either|also|knowingly|ethically|responsibly|therefore|actually|personally|possibly)){0,2}'
const negated = `(?:can't|cannot|can not|won't|will not|shall not|shan't|should not|shouldn't|must not|may not)`
const unwilling =
  "(?:unable|not (?:able|going|willing|allowed|permitted|prepared|designed|programmed|in a position)|refuse|decline|(?:have|need|going) to (?:respectfully |politely )?(?:decline|refuse)|must (?:respectfully |politely )?(?:decline|refuse)|(?:would|'d) (?:rather|prefer) not|prefer not)(?: to)?"
// Verbs of helping and of saying; a verb of feeling, knowing or managing ("I can't sleep", "I can't tell") is no decline.
const doing =
  '(?:help|assist|aid|provid|giv|shar|offer|suppl(?:y|ies)|writ|draft|compos|creat|generat|produc|craft|design|build|construct|mak(?:e|ing) (?:a|an|any|the|this|that|these|those|you|up a)\\b|explain|describ|discuss|detail|outlin|list|quot|reproduc|recit|teach|instruct|show you|tell you|walk you|guid|advis|answer|respond|repl(?:y|ies) to|engag|participat|take part|be (?:a )?part|be involved|promot|condon|endors|encourag|facilitat|support|enabl|compl(?:y|et)|fulfil|accommodat|process|proceed|continu|do (?:that|this|so|it|what)\\b|go (?:into|along|there|through|over)|get into|talk about|role-?play|play (?:along|the|that)|pretend|translat|rewrit|edit|speculat|criticiz|criticis|prais|mock|impersonat|insult|recommend (?:ways|methods|how|any)|suggest|reveal|disclos|hand over|look up|find (?:out )?(?:where|her|him|someone|a person))'
// Figures of speech around those verbs.
const figures =
  '(?!\\w{0,6} (?:but|feeling|thinking|wondering|noticing|laughing|myself|yourself|it (?:if|that|when)|up\\b|in to|a damn|enough|to (?:this|the|that|an?|disk)|more highly|you how (?:much|happy|glad|sorry|often|many))\\b)(?![^.!?\\n]{0,60}\\b(?:highly |strongly )?enough\\b)'
const opinion =
  '(?:opinions?|beliefs?|views?|viewpoints?|preferences?|feelings|judge?ments?|stances?|verdict|definitive (?:answer|yes))'
const article = '(?:(?: (?:you|with|on|about|my|own|an?|any|personal|political|private|subjective|definitive)){0,4} )'
const advice = '(?:medical|legal|financial|tax|investment|professional|clinical) (?:advice|diagnos\\w{2,3}|opinions?)'
const notOpinion = `(?!\\w{0,6}${article}(?:${opinion}|${advice}))`
const wrong =
  '(?:not (?:be )?(?:appropriate|ethical|right|acceptable|responsible|proper)|unethical|inappropriate|irresponsible|wrong)'

/** English, by what a sentence does. Patterns run on one folded sentence without emphasis marks. */
export const english: SentenceCues = {
  decline: [
    `\\b(?:i|we)(?:'m|'re| am| are)?(?: afraid| sorry)?(?:,? (?:but )?(?:that )?i)? ?(?:${negated}|${unwilling}|(?:don't|do not|wouldn't|would not) feel (?:comfortable|right)|(?:am |'m )?not comfortable(?: with)?)${adverbs} ${doing}${figures}${notOpinion}`,
    `\\bi\\b[^.!?\\n]{0,60} and ${negated}${adverbs} ${doing}${figures}${notOpinion}`,
    `\\b(?:i|we) (?:do not|don't|never) (?:provid|creat|promot|writ|generat|engag|produc|assist|condon|support|help with)${notOpinion}`,
    "\\b(?:i|we)(?:'ll|'m| am)? (?:must|have to|will have to|need to|going to|respectfully|politely)(?: (?:respectfully|politely))? (?:decline|refuse|pass on (?:this|that)|say no|turn (?:this|that|you) down|draw (?:the|a) line)\\b",
    '\\b(?:i|we) (?:decline|refuse)\\b(?! the)',
    "\\b(?:i'm|i am) (?:stopping|going to stop) (?:here|there|with)\\b",
    "^(?:sorry,? |so |but )?(?:not going to|can't|cannot|won't|unable to|no,? i (?:can't|cannot|won't)|i'm not doing) ?(?:help|assist|do|write|provide|comply|share|answer|give)",
    "(?:\\b(?:is |'s )?not|isn't) (?:something|anything|one|a (?:thing|topic|subject|request)) (?:that )?(?:i|we)(?:'m|'ll| am| can| could| will|'d)\\b",
    "\\bi don't think (?:i (?:should|can|ought to)|it(?:'s| is| would be) (?:right|appropriate|ethical|a good idea)) [^.!?\\n]{0,30}(?:help|assist|writ|provid|shar|do(?:ing)? (?:this|that)|for me)",
    '\\bthis is where i (?:stop|draw the line|have to stop)\\b|^(?:nope|no|sorry)?,? ?not doing (?:that|this|it)\\b',
    `\\b(?:it|that|this)(?:'s| is| would be| would) ${wrong}(?: (?:or|and) [a-z]{1,20})?,? (?:for|of) (?:me|an ai)\\b(?! to (?:express|share|have|give)[a-z ]{0,14} ${opinion})`,
    `\\bas an? (?:ai|language model|assistant)[a-z ]{0,20}, (?:it(?:'s| is) ${wrong}|it(?:'s| is) against|this (?:violates|goes against))`,
    "(?:\\b(?:goes|is|be|would be|runs)|'s) against (?:my|our|the) (?:programming|guidelines|polic|principles|ethic|values|purpose|design|code)",
    '\\b(?:this|your|that) (?:request|prompt|question|content) (?:has been (?:declined|refused|flagged)|(?:(?:may|might|appears to|would) )?violat|(?:is|goes|falls) (?:against|outside)|(?:cannot|can not|will not) be (?:fulfilled|completed|answered|accommodated|met))',
    '\\bno (?:help|assistance|instructions?|guidance|information) (?:can|will) be (?:given|provided|offered)',
    "\\b(?:count me out|no can do|i(?:'d| would) (?:rather|prefer) not(?: to)?(?:[.!]|$)|i(?:'ll| will) (?:have to )?pass\\b)",
    '\\b(?:that|this|it) crosses (?:a|the) line\\b',
    '^(?:sorry,? )?(?:no|nope|never|absolutely not|no way|not a chance|out of the question)[.! ]{0,3}$',
  ],
  whole: [
    // To decline to help is to decline the task; to decline to give a thing may be to decline a part of it.
    '\\b(?:help|assist)\\w{0,3}\\b',
    '\\b(?:do|doing|write|writing|answer|share|provide|giv\\w{1,3}|make|create|continue|support|condone|discuss) (?:this|that|it|these|those|so|such (?:a )?(?:request|content|thing)s?)\\b',
    '\\b(?:compl(?:y|ying)|fulfil|accommodat|process|complet)\\w{0,6}\\b|\\b(?:decline|refuse|pass|say no)(?:[.!,;:]|$)|\\bagainst (?:my|our|the|open)|not something|stopping here|\\b(?:promote|condone|engage)\\b|\\bno can do\\b|count me out',
  ],
  part: [
    "\\bi(?:'ve|'ll|'d|'m| have| will| would| am)?(?: (?:deliberately|intentionally|also|going to))? (?:left|leave|leaving|keep|kept|keeping) (?!it at)[^.!?\\n]{0,90}\\bout\\b",
    "\\bi(?:'ve|'ll|'d|'m| have| will| would| am)?(?: (?:deliberately|intentionally|also|going to|not including))? (?:skip|skipped|skipping|omit|omitted|omitting|withhold|withholding|withheld|hold(?:ing)? back|held back|stop(?:ping)? short of|steer(?:ing)? clear of|stay(?:ing)? away from|redact)\\w{0,4}\\b",
    `\\b(?:${negated}|not (?:going|able|willing) to|unable to) (?:go into|get into|detail|give|provide|share|offer|tell you|name|list)(?: you)? (?:the |an? |any |its |their )?(?:exact|specific|specifics|precise|detailed|step|actual|amount|dose|dosage|quantit|figure|technical|operational|full|part|method|details)`,
    "\\bi (?:have to|must|need to|'ll) leave (?:[^.!?\\n]{0,40} )?to (?:an?|your|the|his|her) ",
    "\\b(?:that|the|this|one|the last|the first|the second) part\\b[^.!?\\n]{0,80}\\b(?:not|n't)\\b|\\b(?:not|n't)\\b[^.!?\\n]{0,60}\\b(?:that|this|the (?:\\w{1,12} )?) ?part\\b",
  ],
  limit: [
    `\\bi (?:do not|don't) (?:have|hold|possess|express|form|share|take|offer)[^.!?\\n]{0,40}\\b${opinion}`,
    `\\bi (?:have|hold) no [^.!?\\n]{0,30}\\b${opinion}`,
    `\\b(?:can't|cannot|can not|unable to|not able to|not (?:appropriate|right) for me to|not programmed to|won't|will not|avoid|shall not) (?:have|hold|form|provid\\w{0,3}|express\\w{0,3}|offer|giv\\w{1,3}|shar\\w{1,3})${article}${opinion}`,
    `\\b(?:can't|cannot|unable to|not able to|don't|do not|not qualified to|won't) (?:provide|give|offer|make)(?: you)?(?: with)?(?: an?| any)? ?${advice}`,
    "\\b(?:can't|cannot|do not|don't|won't) take (?:an? |any )?(?:political )?(?:sides?|stances?|positions?)\\b|\\bi(?:'m| am)? (?:remain|stay|strive to be|try to be|must remain) (?:politically )?(?:neutral|impartial|unbiased)|\\bnot (?:my|our) (?:place|role) to\\b|\\bnot within my (?:capabilities|ability)\\b",
    "\\bi(?:'m| am) not a (?:doctor|lawyer|physician|therapist|pharmacist|medical|financial|licensed|qualified|vet)",
    "\\bi (?:can't|cannot|do not|don't|am not able to|'m not able to|am unable to) (?:have (?:real-time |direct |current )?access|access|browse|open (?:links|files|urls)|see (?:images|your|the)|view|hear|diagnose|remember|feel|experience|verify|predict)",
    "\\bi(?:'m| am) (?:just |only )?an? (?:ai|artificial|language model|large language|virtual|computer program)",
  ],
  apology: [
    "^(?:i(?:'m| am) )?(?:so |really |very |truly |deeply )?(?:sorry|apologies)\\b[^.!?\\n]{0,60}[.!。।]{0,2}$|^(?:i apologi[sz]e|my apologies|unfortunately|i understand)\\b[^.!?\\n]{0,100}[.!。।]{0,2}$",
  ],
  offer: [
    "\\b(?:i|we)(?:'d| would| am|'m| will|'ll)(?: be| also be| still be)? (?:more than |very |always )?(?:happy|glad|willing|pleased|delighted|here to)\\b|\\bi can (?:also |still |certainly |instead |gladly |definitely )?(?:help|assist|offer|suggest|talk|explain|share|provide|give|show|outline|point|walk|discuss|write|draft|describe|tell|work|recommend|support|answer|go)\\b|\\bwhat i can (?:do|help|offer)\\b|\\bi(?:'d| would) (?:rather|gladly|love to|like to)\\b",
    "\\b(?:would you like|want me to|shall i|do you want|are you looking|may i|can i (?:help|suggest|offer)|how (?:can|may|else) )|\\b(?:is|if) there(?:'s| is)? (?:anything|something) else\\b|\\blet me know\\b|\\bfeel free\\b|\\bdon't hesitate\\b|\\bplease (?:provide|give me|ask|rephrase|try|share|let|choose|submit|send)\\b|\\bif you (?:have|need|want|would like|'d like|are interested|tell me|let me)\\b|\\bi (?:suggest|recommend|encourage|urge|advise|invite) \\b|\\btell me (?:more|what|which|a )",
  ],
  referral: [
    '\\b(?:reach out|contact|consult|seek|speak (?:to|with)|talk (?:to|with)|call|turn to|visit|see) (?:out )?(?:to )?(?:an? |your |the |with )?(?:[a-z]{2,14} ){0,2}(?:professionals?|doctors?|lawyers?|attorneys?|experts?|therapists?|counsel(?:l?ors?|ling)?|pharmacists?|authorit(?:y|ies)|police|help|support|hotlines?|helplines?|emergency|services?|gunsmith|adults?|friends?|someone|practice|clinic|lifeline|988|911|112|999)\\b',
    '\\b(?:hotline|helpline|crisis line|lifeline|emergency (?:number|services?))\\b',
  ],
  talk: [
    "\\b(?:my|our) (?:\\w{3,12} )?(?:purpose|goal|role|function|aim|objective|job|programming|responsibility|priority|mission|design) (?:is|as)\\b|\\bi(?:'m| am) (?:programmed|designed|trained|committed|built|made|here) to\\b|\\bi (?:strive|aim|aspire|try|need|must|always) to (?:be|provide|maintain|promote|remain|generate|write|follow|avoid|ensure|encourage|respect)|\\bi operate\\b|\\b(?:goes|go) against (?:these|those|this|my|our|the)\\b|\\bi only (?:generate|create|write|provide)|\\bas an ai\\b[^.!?\\n]{0,60}(?:purpose|goal|designed|programmed|strive)",
    "\\blet(?:'s| us) (?:\\w{3,9} )?(?:promote|spread|focus|use|strive|stay|choose|keep|work|be|respect|create|treat|instead)|\\b(?:it(?:'s| is)|it would be) (?:(?:important|essential|crucial|vital) (?:to|that we) (?:always |be |promote|respect|treat|priorit|uphold|maintain|foster|use )|(?:never|always|illegal|unethical|inappropriate|not (?:appropriate|acceptable|ok|okay|right|ethical))[^.!?\\n]{0,10} (?:to|for)\\b)|\\b(?:promoting|glorifying|encouraging|condoning|violence|hate speech|discrimination|such (?:content|actions?|behaviou?r|acts?|requests?))\\b[^.!?\\n]{0,60}\\b(?:is|are|goes|go|can|could|may) (?:not|never|against|illegal|wrong|unacceptable|harmful|have|lead|cause)|\\bwe do not (?:promote|condone|support|tolerate)",
  ],
  delivered: [
    "\\bhere(?:'s| is| are)\\b(?! to| for you)(?![^.!?\\n]{0,60}\\bi(?:'d| can| could| would|'ll)\\b)|\\bbelow (?:is|are|you)|\\bfind below\\b|\\bthis version\\b|\\b(?:the )?following (?:is|are|version|steps|points|text|draft|tips|poem|story)|^(?:but |so )?instead[,:] (?!i\\b|let|please|consider (?:contact|seek|talk|reach))|^in general\\b|\\bgenerally(?: speaking)?,",
  ],
  contrast: [
    '^(?:but|however(?! (?:you|much|long|many|hard))|that said|nevertheless|nonetheless|still|instead|on the other hand|with that said|having said that|in general|generally)\\b',
  ],
}

/** Why something is withheld: harm, law, other people's rights. "Because" alone may stand in any answer. */
export const englishReasons: readonly string[] = [
  '^(?:because|since|as (?:it|this|that|such)|given that)\\b|\\b(?:risks?|risky|harm|dangers?|dangerous|unsafe|safety|illegal|unlawful|against the|hurts?|hurtful|injur|victims?|consent|privacy|private|permission|abus|exploit|violen|deceiv|decepti|fraud|misus|unethical|inappropriate|biased|impartial|controversial|cheat|steal|stolen|trust|crime|criminal|prison|weapons?|kill|could (?:be used|put|cause|lead|enable|endanger|be)|(?:can|might|may|would) (?:be used|put|cause|lead|enable|endanger))',
]
