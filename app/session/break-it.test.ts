import { describe, expect, it } from 'vitest'
import { breakLock } from './break-it.ts'

describe('breaking a lock count', () => {
  it('empties the first lock that starts above zero', () => {
    const text = [
      'aie.device(npu1_1col) {',
      '  %full = aie.lock(%t, 0) {init = 0 : i32}',
      '  %free = aie.lock(%t, 1) {init = 2 : i32, sym_name = "free"}',
      '}',
    ].join('\n')
    const broken = breakLock({ 'k.cc': 'init = 2', 'd.mlir': text })
    expect(broken).toMatchObject({ file: 'd.mlir', line: 3 })
    expect(broken?.text).toBe(text.replace('init = 2', 'init = 0'))
  })

  it('drops the first release of a result where locks are hidden behind fifos', () => {
    const text =
      '  scf.for {\n    aie.objectfifo.release @in(Consume, 1)\n    aie.objectfifo.release @out(Produce, 1)\n  }\n'
    const broken = breakLock({ 'd.mlir': text })
    expect(broken?.line).toBe(3)
    expect(broken?.text).toBe(
      text.replace('aie.objectfifo.release @out', '// aie.objectfifo.release @out'),
    )
    expect(broken?.says).toContain('out is never released')
  })

  it('does not break twice, nor what has no locks', () => {
    const broken = breakLock({ 'd.mlir': '    aie.objectfifo.release @in(Consume, 1)\n' })
    expect(breakLock({ 'd.mlir': broken?.text ?? '' })).toBeUndefined()
    expect(breakLock({ 'a.cc': 'int a;' })).toBeUndefined()
  })
})
