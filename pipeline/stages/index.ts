import { classify } from './classify/classify.ts'
import { collect } from './collect/collect.ts'
import { emit } from './emit/emit.ts'
import { generate } from './generate/generate.ts'
import { grade } from './grade/grade.ts'
import { regrade } from './regrade/regrade.ts'
import { screen } from './screen/screen.ts'
import { select } from './select/select.ts'

/** The whole pipeline on one screen: each stage takes the rows of the one before it. Regrade runs when asked for. */
export const stages = { collect, screen, classify, regrade, generate, grade, select, emit } as const
