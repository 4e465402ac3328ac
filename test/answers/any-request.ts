import * as fc from 'fast-check'
import { modelRequestSchema, type ModelRequest } from '../../pipeline/records/request.ts'

const messages = fc.array(
  fc.record({
    role: fc.constantFrom('system' as const, 'user' as const, 'assistant' as const),
    content: fc.string({ unit: 'binary' }),
  }),
  { minLength: 1, maxLength: 4 },
)
// Parsed, as at a door: JSON has no -0 and no undefined.
const parameters = fc
  .dictionary(fc.string({ minLength: 1 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4, noNullPrototype: true })
  .map((value) => modelRequestSchema.shape.parameters.parse(JSON.parse(JSON.stringify(value))))

/** Any request. */
export const requests: fc.Arbitrary<ModelRequest> = fc.record(
  {
    endpoint: fc.constantFrom('http://one.invalid/v1', 'http://two.invalid/v1'),
    model: fc.string({ minLength: 1, maxLength: 5 }),
    messages,
    parameters,
    schema: fc.option(fc.record({ name: fc.constantFrom('verdict', 'labels'), schema: parameters })),
    structuredOutput: fc.constantFrom('json_schema', 'json_object', 'prompt'),
    repeat: fc.nat({ max: 3 }),
    attempt: fc.integer({ min: 1, max: 3 }),
  },
  { requiredKeys: ['endpoint', 'model', 'messages', 'parameters', 'schema', 'structuredOutput', 'repeat'] },
)
