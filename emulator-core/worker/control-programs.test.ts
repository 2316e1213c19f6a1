import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { ControlCode } from '../artifacts/control-code.ts'
import type { ProfileId } from '../device/tiles.ts'
import { assembleElf } from '../languages/control/assemble-elf.ts'
import { disassemble } from '../languages/control/disassemble.ts'
import { pagesHex } from '../languages/control/pages-hex.ts'
import { Machine } from '../machine/machine.ts'
import { buildProject } from './build.ts'
import type { ProjectFiles } from './build.ts'
import { readFolder } from './cli/files.ts'
import { loweredProgram } from './lowered.ts'
import { drain } from './pump.ts'

const folder = 'public/examples'
const examples = readdirSync(folder, { withFileTypes: true })
  .filter((e) => e.isDirectory())
  .map((e) => e.name)
const projectOf = (name: string) => String(readFolder(`${folder}/${name}`).get('project.json'))
const isByHand = (name: string) => projectOf(name).includes('"control"')
/** Some examples are host programs alone: they submit no command. Others are about seconds, not about code. */
const takesSeconds = (name: string) =>
  String(readFolder(`${folder}/${name}`).get('host.json')).includes('"suspend"')
const hasCode = (name: string) =>
  !takesSeconds(name) && (isByHand(name) || projectOf(name).includes('"design"'))
const cases = examples
  .filter(hasCode)
  .flatMap((name) =>
    (isByHand(name) ? (['aie4'] as const) : (['aie4', 'npu4', 'npu1'] as const)).map(
      (device) => [name, device] as const,
    ),
  )

/** Everything that two runs of the same program must agree in. */
function ending(files: ProjectFiles, device: ProfileId) {
  const { pkg, diagnostics } = buildProject(files, { device })
  expect(diagnostics.filter((d) => d.severity === 'error').map((d) => d.message)).toEqual([])
  const machine = new Machine(pkg!)
  const stop = drain(machine.run())
  const { runtime } = machine.parts
  return {
    stop: stop.kind,
    status: runtime.status,
    now: machine.now,
    checksum: machine.checksum(),
    pages: pkg!.codes.map((code) => pagesHex(code)),
  }
}

/** The project with other control code for every command. */
function withControl(
  files: ProjectFiles,
  control: Readonly<Record<string, string>>,
  more: readonly (readonly [string, string | Uint8Array])[],
): Map<string, string | Uint8Array> {
  const project = JSON.parse(String(files.get('project.json'))) as object
  const text = JSON.stringify({ ...project, control })
  return new Map([...files, ...more, ['project.json', text]])
}

function targetOf(device: ProfileId) {
  return device === 'aie4' ? 'aie4-a' : 'aie2ps'
}

/** The one text that `lower` prints, and what an assembler makes of it. */
function lowered(files: ProjectFiles, device: ProfileId) {
  const built = buildProject(files, { device })
  const [code] = built.pkg!.codes
  const { source } = loweredProgram(code, built)
  const options = { files: new Map([['all.asm', source]]), target: targetOf(device) } as const
  const { elf, codes, diagnostics } = assembleElf('all.asm', options)
  expect(diagnostics.filter((d) => d.severity === 'error').map((d) => d.message)).toEqual([])
  return { code, source, elf: elf!, again: codes[0] }
}

/** Milliseconds for five runs of the largest example on a busy machine. */
const patience = 120_000

const key = (code: ControlCode, name: (uc: number) => string) =>
  Object.fromEntries(code.ucs.map(({ uc }) => [uc, name(uc)]))

describe('the control code of every example', () => {
  it.each(cases)('%s on %s: its text assembles to the very pages that run', (name, device) => {
    const { code, again } = lowered(readFolder(`${folder}/${name}`), device)
    expect(again.ucs.map(({ uc }) => uc)).toEqual(code.ucs.map(({ uc }) => uc))
    expect(pagesHex(again)).toBe(pagesHex(code))
  })

  it.each(cases)(
    '%s on %s ends alike as lowered, as an ELF, as pages and as disassembled text',
    (name, device) => {
      const files = readFolder(`${folder}/${name}`)
      const expected = ending(files, device)
      expect([expected.stop, expected.status]).toEqual(['end', 'ok'])
      const { code, elf } = lowered(files, device)
      const byElf = withControl(
        files,
        key(code, () => 'all.elf'),
        [['all.elf', elf]],
      )
      expect(ending(byElf, device)).toEqual(expected)
      const hex = ['all.hex', pagesHex(code)] as const
      const byHex = withControl(
        files,
        key(code, () => hex[0]),
        [hex],
      )
      expect(ending(byHex, device)).toEqual(expected)
      const texts = code.ucs.map((one) => {
        const { text } = disassemble({ ...code, ucs: [one] }, 'x')
        return [`again${one.uc}.asm`, text] as const
      })
      const byText = withControl(
        files,
        key(code, (uc) => `again${uc}.asm`),
        texts,
      )
      expect(ending(byText, device)).toEqual(expected)
    },
    patience,
  )

  it('runs as an ELF in an exec step, which brings every uC of the file', () => {
    const files = readFolder(`${folder}/three-controllers`)
    const expected = ending(files, 'aie4')
    const { elf } = lowered(files, 'aie4')
    const byElf = withControl(files, { 2: 'all.elf' }, [['all.elf', elf]])
    expect(ending(byElf, 'aie4')).toEqual(expected)
    const { code, again } = lowered(byElf, 'aie4')
    expect(pagesHex(again)).toBe(pagesHex(code))
    const host = {
      steps: [
        { open: { client: 'c' } },
        { createHwctx: { client: 'c', hwctx: 'h', numTiles: 12 } },
        ...['a', 'b', 'c', 'd'].flatMap((bo) => [
          { createBo: { client: 'c', bo: `${bo}1`, type: 'share', size: 1024 } },
        ]),
        { writeBo: { bo: 'a1', type: 'i32', init: { iota: { start: 1, step: 1 } }, count: 192 } },
        { syncBo: { bo: 'a1', direction: 'toDevice' } },
        {
          exec: {
            hwctx: 'h',
            run: 'r',
            control: { 0: 'all.elf' },
            args: ['a1', 'b1', 'c1', 'd1'],
          },
        },
        { wait: { run: 'r', timeoutMs: 0 } },
        { syncBo: { bo: 'c1', direction: 'fromDevice' } },
        {
          expectBo: { bo: 'c1', type: 'i32', count: 64, expect: { iota: { start: 129, step: 1 } } },
        },
      ],
    }
    const project = JSON.stringify({ device: 'aie4', host: 'host.json' })
    const byStep: ProjectFiles = new Map<string, string | Uint8Array>([
      ['project.json', project],
      ['host.json', JSON.stringify(host)],
      ['all.elf', elf],
    ])
    expect(ending(byStep, 'aie4')).toMatchObject({ stop: 'end', status: 'ok' })
  })
})

describe('a file of control code', () => {
  const program = (...lines: string[]) =>
    ['START_JOB 0', ...lines, 'END_JOB', 'EOF', 'w:', '.long 1', ''].join('\n')
  const elfOf = (main: string, files: Record<string, string>, target?: 'aie2ps') => {
    const options = { files: new Map(Object.entries(files)), ...(target ? { target } : {}) }
    const { elf, diagnostics } = assembleElf(main, options)
    expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([])
    return elf!
  }
  const kernels = JSON.stringify({
    'xrt-kernels': [
      {
        name: 'DPU',
        arguments: [],
        instance: [
          { id: 'one', ctrl_code_file: 'a.asm' },
          { id: 'two', ctrl_code_file: 'b.asm' },
        ],
      },
    ],
  })
  const several = elfOf('c.json', {
    'c.json': kernels,
    'a.asm': program('NOP'),
    'b.asm': program('YIELD'),
  })
  const built = (control: Record<string, string>, more: Record<string, string | Uint8Array>) => {
    const project = JSON.stringify({ device: 'aie4', control })
    return buildProject(new Map(Object.entries({ 'project.json': project, ...more })))
  }
  const problems = (control: Record<string, string>, more: Record<string, string | Uint8Array>) =>
    built(control, more).diagnostics.map((d) => `${d.code} ${d.message}`)

  it('is shown as text, and its operations know their lines', () => {
    const { pkg, generated, sources, controlFiles } = built(
      { 0: 'x.elf#DPU:two' },
      { 'x.elf': several },
    )
    const file = 'uc0.asm'
    expect([...generated.keys()]).toEqual([file])
    expect(controlFiles.get(0)).toBe(file)
    const place = pkg!.codes[0].ucs[0].places.find((p) => p.text === 'YIELD')!
    const { text } = generated.get(file)!
    expect(sources.get(file)!.place(place.at.start).line).toBe(place.line)
    expect(text.slice(place.at.start, place.at.end)).toBe('YIELD')
  })

  it('of several programs asks which one, and refuses one that is not there', () => {
    const files = { 'x.elf': several }
    expect(problems({ 0: 'x.elf' }, files)[0]).toMatch(/^E0012 .*several.*'x\.elf#DPU:one'/)
    expect(problems({ 0: 'x.elf#DPU:six' }, files)[0]).toMatch(/^E0012 .*no program 'DPU:six'/)
  })

  it('has to be there, for this device, for these uCs, and whole', () => {
    const plain = elfOf('a.asm', { 'a.asm': program('NOP') })
    const table = program('APPLY_OFFSET_57 @w, 1, 0')
    const other = elfOf('a.asm', { 'a.asm': table }, 'aie2ps')
    expect(problems({ 0: 'x.elf' }, {})[0]).toContain("P0102 The file 'x.elf'")
    expect(problems({ 0: 'x.elf' }, { 'x.elf': other })[0]).toContain('E0011')
    expect(problems({ 2: 'x.elf' }, { 'x.elf': plain })[0]).toMatch(/E0013 .*no code for uC 2/)
    expect(problems({ 0: 'x.elf' }, { 'x.elf': plain.subarray(0, 90) })[0]).toMatch(
      /E0002 .*byte 0x/,
    )
    const both = { 0: 'x.elf', 2: 'a.asm' }
    const clash = program('NOP').replace('START', '.attach_to_group 0\nSTART')
    expect(problems(both, { 'x.elf': plain, 'a.asm': clash }).join()).toMatch(/E0013 Both/)
    expect(problems({ 0: 'a.hex' }, { 'a.hex': 'ff ff 0g' })[0]).toMatch(/E0010 .*'0g'.*byte 0x2/)
    expect(problems({ 0: 'a.hex' }, { 'a.hex': 'ff ff' })[0]).toMatch(/E0010 .*2 bytes/)
    expect(problems({ 0: 'a.hex' }, { 'a.hex': '' })[0]).toMatch(/E0009/)
  })

  it('that is not there is missed where the project names it', () => {
    const project = '{ "device": "aie4",\n  "control": { "0": "a.asm",\n    "2": "b.asm" } }'
    const { diagnostics, sources } = buildProject(
      new Map([
        ['project.json', project],
        ['a.asm', program('NOP')],
      ]),
    )
    const [missing] = diagnostics
    expect(missing.message).toContain("'b.asm'")
    expect(sources.get('project.json')!.place(missing.at.start)).toEqual({ line: 3, column: 10 })
  })

  it('for another uC than its source names is warned of, and so is one that a lone command cannot name', () => {
    const job = 'START_JOB 0\nNOP\nEND_JOB\nEOF\n'
    const pair = { 'a.asm': job, 'b.asm': `.attach_to_group 4\n${job}` }
    expect(problems({ 0: 'a.asm', 2: 'b.asm' }, pair)).toEqual([
      "E0013 'b.asm' is named for uC 2 and has no job for it: there is code for uC 0, 4.",
    ])
    expect(problems({ 0: 'a.asm', 4: 'b.asm' }, pair)).toEqual([])
    expect(problems({ 4: 'b.asm' }, pair)).toEqual([
      'E0013 Only uC 4 has code: a command for one uC carries no number, so uC 0 runs it.',
    ])
  })

  it('of 2025 is refused where its operations mean something else today', () => {
    const loads = ['START_JOB 0', 'LOAD_PDI 1, @p', 'END_JOB', 'EOF', 'p:', 'START_JOB 0', 'NOP']
    const source = [...loads.slice(0, 3), ...loads.slice(4), 'END_JOB', 'EOF', '.endl p', 'EOF', '']
    const options = { files: new Map([['a.asm', source.join('\n')]]), rules: '2025' } as const
    const { elf } = assembleElf('a.asm', options)
    const project = JSON.stringify({ device: 'npu4', control: { 0: 'x.elf' } })
    const { diagnostics } = buildProject(
      new Map<string, string | Uint8Array>([
        ['project.json', project],
        ['x.elf', elf!],
      ]),
    )
    expect(diagnostics.map((d) => d.message).join()).toContain('the tools of 2025')
  })
})
