import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ChannelState, CoreState } from '../machine/vocabulary.ts'
import { compileKernel } from '../languages/kernel/compile.ts'
import { formatDiagnostic, Source } from '../languages/text/source.ts'
import { buildProject } from './build.ts'
import { readFolder } from './cli/files.ts'
import {
  CellColumn,
  CellState,
  ChannelColumn,
  CoreColumn,
  frameLayout,
  Header,
  State,
  UcColumn,
  viewFrame,
} from './frame.ts'
import { problemsByFile } from './problems.ts'
import { drain } from './pump.ts'
import { Studio } from './studio.ts'

const folder = 'public/examples'
const examples = readdirSync(folder, { withFileTypes: true })
  .filter((e) => e.isDirectory())
  .map((e) => e.name)

const stateOfCore: Readonly<Record<number, number>> = {
  [CoreState.stopped]: State.off,
  [CoreState.running]: State.run,
  [CoreState.waiting]: State.lock,
  [CoreState.done]: State.done,
  [CoreState.faulted]: State.fault,
  [CoreState.stream]: State.stream,
  [CoreState.cascade]: State.stream,
}

function painted(studio: Studio) {
  const layout = frameLayout(studio.index!.counts)
  const frame = viewFrame(new ArrayBuffer(layout.sizeBytes), layout)
  studio.paint(frame, false, 0, 3)
  return frame
}

/** Where a frame and the machine differ, in words. */
function differences(studio: Studio): string[] {
  const { header, words, layout } = painted(studio)
  const { scene } = studio.index!
  const { parts, now } = studio.machine!
  const found: string[] = []
  const same = (what: string, shown: number | undefined, real: number | undefined) => {
    if (shown !== real) found.push(`${what} is ${shown} in the frame, ${real} in the machine`)
  }
  same('tick', header[Header.tick], now)
  same('event', header[Header.event], parts.sim.trace.position)
  same('epoch', header[Header.epoch], 3)
  scene.cores.forEach(({ part }, i) => {
    const view = parts.array.cores.inspect(i)
    const at = layout.cores + i * CoreColumn.size
    same(`${part} state`, words[at + CoreColumn.state], stateOfCore[view.state])
    same(`${part} pc`, words[at + CoreColumn.pc], view.pc)
    const place = words[at + CoreColumn.place]!
    if (place >= 0) same(`${part} place`, scene.cores[i]!.places[place]!.pc, view.pc)
    const share = words[at + CoreColumn.busy]!
    if (share < 0 || share > 1000) found.push(`${part} is busy ${share} thousandths`)
  })
  scene.locks.forEach(({ part }, i) =>
    same(part, words[layout.locks + i], parts.array.lockValues[i]),
  )
  scene.channels.forEach(({ part }, i) => {
    const view = parts.array.channel(i)
    const at = layout.channels + i * ChannelColumn.size
    same(
      `${part} idle`,
      Number(words[at + ChannelColumn.state] === State.idle),
      Number(view.state === ChannelState.idle),
    )
    same(`${part} words`, words[at + ChannelColumn.words], view.wordsDone)
    same(`${part} total`, words[at + ChannelColumn.total], view.wordsTotal)
  })
  scene.cells.forEach(({ sizeBytes }, i) => {
    const at = layout.cells + i * CellColumn.size
    const bytes = words[at + CellColumn.bytes]!
    const isEmpty = words[at + CellColumn.state] === CellState.empty
    if (bytes < 0 || bytes > sizeBytes || (isEmpty && bytes > 0))
      found.push(`cell ${i} holds ${bytes} of ${sizeBytes} bytes`)
  })
  return found
}

describe('a frame', () => {
  it.each(examples)('of %s agrees with the machine at every moment', (name) => {
    const studio = new Studio(readFolder(`${folder}/${name}`), name, undefined)
    expect(differences(studio)).toEqual([])
    const machine = studio.machine!
    drain(machine.run(1e7))
    expect(differences(studio)).toEqual([])
    const { origin, now: end } = machine
    fc.assert(
      fc.property(fc.integer({ min: origin, max: end }), (tick) => {
        drain(machine.seek({ tick }))
        expect(differences(studio), `at ${tick}`).toEqual([])
      }),
      { numRuns: 12, seed: 5 },
    )
  })

  it('of the end shows the blocks that arrived, all cores at rest and nothing on its way', () => {
    const studio = new Studio(readFolder(`${folder}/vector-add`), 'vector-add', undefined)
    drain(studio.machine!.run(1e7))
    const { header, words, layout } = painted(studio)
    expect(header[Header.blocksDone]).toBe(studio.index!.scene.blockCount)
    const cores = studio.index!.scene.cores.map(
      (_, i) => words[layout.cores + i * CoreColumn.size + CoreColumn.state],
    )
    expect(cores.filter((s) => s === State.run)).toEqual([])
  })

  it('shows what a uC waits for, and that it is in trouble once the wait has lasted too long', () => {
    const files = new Map([
      ['project.json', '{ "control": { "0": "a.asm" } }\n'],
      ['a.asm', 'START_JOB 0\n  WAIT_TCTS tile_0_0, shim_s2mm_0, 1\nEND_JOB\nEOF\n'],
    ])
    const studio = new Studio(files, 'hang', undefined)
    const state = () => {
      const { words, layout } = painted(studio)
      return words[layout.ucs + UcColumn.state]
    }
    drain(studio.machine!.run(1e7))
    expect(state()).toBe(State.token)
    drain(studio.machine!.run(1e10))
    expect(state()).toBe(State.fault)
  })
})

describe('a scene', () => {
  it('says how the heap behaves with the switches of the project, and what kind each buffer is', () => {
    const sceneOf = (name: string) =>
      new Studio(readFolder(`${folder}/${name}`), name, undefined).index!.scene
    const grown = sceneOf('heap-growth')
    expect(grown.device.heap).toBe('expandable')
    expect(grown.bos.find((bo) => bo.name === 'weights')!.kind).toBe('dev')
    const plain = sceneOf('double')
    expect(plain.device.heap).toBe('flat')
    expect(new Set(plain.bos.map((bo) => bo.kind))).toEqual(new Set(['share']))
  })
})

describe('places that people see', () => {
  const design = (line: string) => `module {\n  aie.device(aie4) {\n${line}\n  }\n}\n`
  const broken = (files: Record<string, string>) => {
    const all = {
      'project.json': '{ "design": "design.mlir", "kernels": ["k.cc"] }\n',
      'design.mlir': design(''),
      ...files,
    }
    const { diagnostics, sources } = buildProject(new Map(Object.entries(all)))
    return diagnostics
      .filter((d) => d.severity === 'error')
      .map((d) => formatDiagnostic(d, sources).split(':').slice(0, 3).join(':'))
  }

  it('count columns in UTF-16 units from one, a tab as one', () => {
    const kernel = (before: string) => `extern "C" void f(int *p) {\n${before}*p = x;\n}\n`
    for (const before of ['', '\t', '\t\t', '/* é */ ', '/* 💥 */ ', '  ']) {
      expect(broken({ 'k.cc': kernel(before) }), before).toEqual([`k.cc:2:${before.length + 6}`])
    }
  })

  it('are right in designs, with tabs and Windows line ends', () => {
    for (const before of ['', '\t', '  \t']) {
      const text = design(`${before}%t = aie.tile(0, 9)`)
      const column = before.length + '%t = aie.tile(0, '.length + 1
      for (const shown of [text, text.replaceAll('\n', '\r\n')]) {
        const [place] = broken({ 'design.mlir': shown, 'k.cc': '' })
        expect(place).toMatch(/^design\.mlir:3:\d+$/)
        expect(Number(place!.split(':')[2])).toBeLessThanOrEqual(column)
        expect(Number(place!.split(':')[2])).toBeGreaterThan(before.length)
      }
    }
  })

  it('are right in control code, projects and host programs', () => {
    const asm = 'START_JOB 0\n\tFROB 1\nEND_JOB\nEOF\n'
    const control = '{ "control": { "0": "a.asm" }, "host": "host.json" }'
    const host = '{ "steps": [\n\t{ "open": { "client": "ü", "vf": true } } ] }'
    expect(
      broken({ 'project.json': '{\n\t"desing": 1,\n"design": "design.mlir" }', 'k.cc': '' }),
    ).toEqual(['project.json:2:2'])
    expect(broken({ 'project.json': control, 'host.json': host })).toEqual([
      `host.json:2:${'\t{ "open": { "client": "ü", "vf": '.length + 1}`,
    ])
    const run = host.replace(', "vf": true', '').replace(
      ' ] }',
      `,
  { "createHwctx": { "client": "ü", "hwctx": "c" } }, { "exec": { "hwctx": "c", "run": "r" } } ] }`,
    )
    expect(broken({ 'project.json': control, 'host.json': run, 'a.asm': asm })).toEqual([
      'a.asm:2:2',
    ])
  })

  it('are the same for the page, one-based, and a place without length is one column wide', () => {
    const built = buildProject(new Map([['project.json', '{\n  "design": }\n']]))
    const [problem] = problemsByFile(built).get('project.json')!
    expect(problem).toMatchObject({
      code: 'P0001',
      from: { file: 'project.json', line: 2, column: 13 },
      to: { line: 2, column: 14 },
    })
  })

  it('belong to the header when the mistake is in a header', () => {
    const files = new Map([
      ['k.cc', '#include "h.h"\n'],
      ['h.h', '\n\n  int a = b;\n'],
    ])
    const { diagnostics } = compileKernel('k.cc', { files, defines: {}, include: [], arch: 'aie4' })
    const [found] = diagnostics
    expect([found!.at.file, new Source('h.h', files.get('h.h')!).place(found!.at.start)]).toEqual([
      'h.h',
      { line: 3, column: 11 },
    ])
  })
})
