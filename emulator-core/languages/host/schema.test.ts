import { describe, expect, it } from 'vitest'
import { hostSchema, projectSchema, schemaSteps } from './schema.ts'
import { stepNames } from './steps.ts'

describe('the schemas', () => {
  it('describe every step that is emulated', () => {
    expect(schemaSteps.every((name) => stepNames.includes(name))).toBe(true)
    expect(schemaSteps).toHaveLength(stepNames.indexOf('repeat') + 1)
  })

  it('are plain data', () => {
    expect(JSON.parse(JSON.stringify(hostSchema))).toEqual(hostSchema)
    expect(JSON.parse(JSON.stringify(projectSchema))).toEqual(projectSchema)
  })
})
