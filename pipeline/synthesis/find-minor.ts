/** Ours; whole words, in the languages that prompts are most often made in. `son` is left out: it is a verb in Spanish. */
const words =
  /\b(?:minors?|underage|under-age|child(?:ren|hood)?|kids?|teen(?:s|agers?|aged?)?|pre-?teens?|tweens?|toddlers?|bab(?:y|ies)|infants?|pupils?|school(?:girls?|boys?|children|kids?)|juveniles?|(?:step)?daughters?|stepsons?|nieces?|nephews?|girls?|boys?|1[0-7][- ]?years?[- ]old|kinder[n]?|mädchen|jugendlich\w*|minderjährig\w*|schüler\w*|niñ[oa]s?|menor(?:es)?|adolescent\w*|enfants?|mineure?s?|fill(?:e|ette)s?|garçons?|crianças?|menin[oa]s?|bambin[oiae]|minorenn[ei]|ragazzin[oiae])\b/iu

/** Nouns whose small letters are another word, German or English. */
const nouns = /\b(?:Kind|Kindes|Jungen?)\b/u

/** Scripts whose words `\b` does not part. */
const otherScripts =
  /儿童|兒童|孩子|小孩|未成年|少女|少年|幼|小学生|中学生|高校生|子供|子ども|미성년|아이|어린이|청소년|बच्च|नाबालिग|किशोर|ребён|ребен|дет(?:и|ей|ск)|подрост|несовершеннолетн|школьни|طفل|أطفال|قاصر|مراهق/u

/**
 * The first word of a text that may speak of someone under 18; null where none is found. It finds too much on purpose:
 * it is asked of sexual subjects alone, where such a prompt must not be kept however it is meant.
 */
export function findMinor(text: string): string | null {
  const found = [words, nouns, otherScripts].map((pattern) => pattern.exec(text)?.[0])
  return found.find((word) => word !== undefined) ?? null
}
