import type { Report } from '../../pipeline/report/report-data.ts'
import { candidateId, makeSample, rejectSample } from '../diff/row-makers.ts'
import { makeReport, makeSpend } from './make-report.ts'

/** Ends a tag, an attribute and a style; calls out; is code to Vega; turns the text round; forges a line of ours. */
export const attack =
  '"\'`></text></svg></style><script>alert(1)</script><img src=x onerror=alert(1)><a href="http://evil.test">&lt;\n' +
  "\u001B[2J\u0000\u202Egnp.exe\u2066\u200F\u{E0041}\u2028 ${x} datum['x'];process.exit() ]]> <!-- "
const hostile = {
  category: attack,
  severity: attack,
  language: attack,
  source: attack,
  answer: attack,
  reasoning: attack,
}

/** Every name that comes from outside is an attack. */
export function makeHostileReport(): Report {
  return {
    ...makeReport({
      samples: [makeSample(1, hostile)],
      rejections: [
        rejectSample(makeSample(2, { ...hostile, safety: 0, id: candidateId('two') }), 'unsafe', {
          failedGraders: [attack],
        }),
      ],
      settings: {
        description: attack,
        specSet: attack,
        categories: [attack, `${attack}!`],
        rules: [attack],
        panel: [{ grader: `judge ${attack}`, votes: 1 }],
        thresholds: [{ score: 'safety', value: 0.5, kind: 'threshold', key: attack }],
      },
      run: {
        failedGates: [attack],
        steps: { [attack]: makeSpend(3) },
        models: { [attack]: makeSpend(3) },
      },
      trust: [
        {
          grader: attack,
          calibration: {
            measuredAt: attack,
            labels: attack,
            graded: 1,
            kappa: { value: 0.5, low: 0, high: 1 },
            hasChanged: true,
          },
        },
      ],
    }),
    name: attack,
  }
}
