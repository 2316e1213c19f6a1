import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { image, profileIds } from './test-kit/kit.ts'

const examples = ['double', 'vector-add', 'memtile-transpose']

describe('the designs of the sample projects', () => {
  for (const name of examples) {
    const text = readFileSync(
      new URL(`../../../public/examples/${name}/design.mlir`, import.meta.url),
      'utf8',
    )
    for (const profile of profileIds) {
      it(`${name} is a design for ${profile}`, () => {
        const made = image(text, { profile })
        expect(made.profile).toBe(profile)
        expect(made.sequences[0]!.steps.at(-1)!.kind).toBe('wait')
        expect(made.retargeted).toBe(profile !== 'aie4')
      })
    }
  }

  it('double takes all cores of three columns', () => {
    const text = readFileSync(
      new URL('../../../public/examples/double/design.mlir', import.meta.url),
      'utf8',
    )
    const made = image(text)
    expect([made.columns, made.numTiles, made.cores.length]).toEqual([3, 12, 12])
    expect(made.cores.every((c) => c.kernels[0]!.name === 'double_block')).toBe(true)
  })
})
