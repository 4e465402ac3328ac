/** What a human-labelled example may have besides its conversation and its answer, and some graders cannot do without. */
export const exampleFields = ['reasoning', 'category', 'intent', 'mode'] as const
export type ExampleField = (typeof exampleFields)[number]
