import { describe, expect, it } from 'vitest'
import type { ResultInfo } from '../../emulator-core/worker/protocol.ts'
import { outcomeOf, stampOf } from './outcome.ts'

const result = (equal: number, elements = 4): ResultInfo => ({
  name: 'out',
  type: 'i32',
  elements,
  equal,
  sha256: '',
})

describe('the outcome of a run', () => {
  it('is exact only when every checked output agrees', () => {
    expect(stampOf([result(4), result(4)])).toBe('exact')
    expect(stampOf([result(4), result(3)])).toBe('differs')
  })

  it('claims nothing when nothing was expected', () => {
    expect(stampOf([result(-1)])).toBeUndefined()
    expect(outcomeOf([])).toBeUndefined()
  })

  it('is said in numbers and names, outputs without an expectation aside', () => {
    expect(outcomeOf([result(4), result(-1)])).toBe('Bit-exact: 4 elements of out as expected.')
    expect(outcomeOf([result(1)])).toBe('1 of 4 elements of out are as expected.')
  })
})
