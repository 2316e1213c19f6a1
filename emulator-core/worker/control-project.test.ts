import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { assembleElf } from '../languages/control/assemble-elf.ts'
import { pagesHex } from '../languages/control/pages-hex.ts'
import { Machine } from '../machine/machine.ts'
import { buildProject } from './build.ts'
import { controlProject } from './control-project.ts'
import { drain } from './pump.ts'

const folder = 'public/examples/three-controllers'
const files = new Map(
  [0, 2, 4].map((uc) => [`uc${uc}.asm`, readFileSync(`${folder}/uc${uc}.asm`, 'utf8')]),
)
const root = '.include uc0.asm\n.include uc2.asm\n.include uc4.asm\n'
const { elf, codes } = assembleElf('a.asm', { files: files.set('a.asm', root), target: 'aie4-a' })

/** Runs the project to its end, and gives the status. */
function runs(made: ReturnType<typeof controlProject>): string {
  expect(made.problems.filter(({ severity }) => severity === 'error')).toEqual([])
  const { pkg, diagnostics } = buildProject(new Map(Object.entries(made.files!)))
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  const machine = new Machine(pkg!)
  drain(machine.run(1e6))
  return machine.parts.runtime.status
}

describe('a file of control code from a disk', () => {
  it('becomes a project that runs it, with a buffer for each argument', () => {
    const made = controlProject('/home/me/my prog.o', elf!)
    expect(Object.keys(made.files!)).toEqual(['project.json', 'my_prog.o.elf'])
    const project = JSON.parse(String(made.files!['project.json'])) as Record<string, unknown>
    const path = 'my_prog.o.elf'
    expect(project.control).toEqual({ 0: path, 2: path, 4: path })
    expect(project.args).toHaveLength(4)
    expect(runs(made)).toBe('ok')
  })

  it('may be a page file or a source', () => {
    expect(runs(controlProject('p.hex', new TextEncoder().encode(pagesHex(codes[0]!))))).toBe('ok')
    const source = new TextEncoder().encode('START_JOB 0\n  NOP\nEND_JOB\nEOF\n')
    expect(runs(controlProject('p.asm', source))).toBe('ok')
  })

  it('runs its first program when there are several', () => {
    const text = '.target aie4-a\nSTART_JOB 0\n  NOP\nEND_JOB\nEOF\n'
    const instance = ['x', 'y'].map((id) => ({ id, ctrl_code_file: 'a.asm' }))
    const kernels = JSON.stringify({ 'xrt-kernels': [{ name: 'K', arguments: [], instance }] })
    const both = new Map([
      ['c.json', kernels],
      ['a.asm', text],
    ])
    const made = controlProject('c.elf', assembleElf('c.json', { files: both }).elf!)
    expect(String(made.files!['project.json'])).toContain('"c.elf#K:x"')
    expect(runs(made)).toBe('ok')
  })

  it('that is damaged is refused with the byte where it fails', () => {
    const { files: none, problems } = controlProject('x.elf', elf!.subarray(0, 100))
    expect(none).toBeUndefined()
    expect(problems[0]!.message).toMatch(/byte 0x[0-9a-f]+ of x\.elf/)
  })

  it('never throws, whatever bytes change', () => {
    const change = fc.tuple(fc.nat(elf!.length - 1), fc.nat(255))
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), (list) => {
        const bytes = elf!.slice()
        for (const [at, value] of list) bytes[at] = value
        const made = controlProject('x.elf', bytes)
        if (made.files) buildProject(new Map(Object.entries(made.files)))
        else expect(made.problems.length).toBeGreaterThan(0)
      }),
      { numRuns: 60 },
    )
  })
})
