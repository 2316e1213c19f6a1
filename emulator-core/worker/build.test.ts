import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ProfileId } from '../device/tiles.ts'
import type { Work } from '../machine/clockwork.ts'
import { Machine } from '../machine/machine.ts'
import type { Stop } from '../machine/stop.ts'
import type { Built, ProjectFiles } from './build.ts'
import { buildProject } from './build.ts'
import { readFolder } from './cli/files.ts'
import { explainStop } from './stops.ts'

const folder = 'public/examples'
const cycles = 200_000
/** Yields after which a run counts as endless; a run of so many cycles needs a small part of them. */
const mostYields = 200_000
/** Runs are the same each time, so that a failure is one that can be repeated. */
const seed = 20260101

/** A project that writes each kind of source by hand, small enough to run in no time. */
const byHand: ProjectFiles = new Map([
  [
    'project.json',
    `{ // by hand
  "title": "By hand", "device": {"profile": "aie4", "heap": "flat"}, "include": ["lib"],
  "control": {"0": "uc0.asm"}, "host": "host.json" }`,
  ],
  [
    'uc0.asm',
    `.include words.asm
START_JOB 0
  MOV $r0, 0x10
  WRITE_32 0x2000000, 7
  WRITE_32 0x2000004, 9
  UC_DMA_WRITE_DES_SYNC @words
END_JOB
EOF
.align 16
words:
  UC_DMA_BD 0, 0x2000010, @data, 2, 0, 0
data:
  .long 1
  .long 2
`,
  ],
  ['lib/words.asm', '; nothing but a comment\n'],
  [
    'host.json',
    `{ "steps": [
  { "open": { "client": "app" } },
  { "createHwctx": { "client": "app", "hwctx": "c", "numTiles": 4 } },
  { "createBo": { "client": "app", "bo": "A", "type": "share", "size": 256 } },
  { "writeBo": { "bo": "A", "type": "i32", "init": { "iota": { "start": 1, "step": 1 } } } },
  { "syncBo": { "bo": "A", "direction": "toDevice" } },
  { "repeat": { "times": 2, "steps": [
    { "exec": { "hwctx": "c", "run": "r", "args": ["A"] } },
    { "wait": { "run": "r", "timeoutMs": 100 } } ] } },
  { "expectBo": { "bo": "A", "type": "i32", "expect": { "iota": { "start": 1 } } } },
  { "destroyHwctx": { "hwctx": "c" } }, { "close": { "client": "app" } }
] }`,
  ],
])

const projects: ReadonlyMap<string, ProjectFiles> = new Map([
  ...readdirSync(folder, { withFileTypes: true })
    .filter((e) => e.isDirectory())
    .map((e) => [e.name, readFolder(`${folder}/${e.name}`)] as const),
  ['by hand', byHand],
])

/** Says what is wrong with the answer itself; empty when all of it can be shown. */
function flaws(built: Built): string[] {
  const found: string[] = []
  for (const d of built.diagnostics) {
    const { code, severity, message, at } = d
    if (message.trim() === '') found.push(`${code} says nothing`)
    const noted = d.notes.flatMap((n) => (n.at ? [n.at] : []))
    for (const { file, start, end } of [at, ...noted, ...(d.fix ? [d.fix.at] : [])]) {
      const source = built.sources.get(file)
      const isInside = source && start >= 0 && start <= end && end <= source.text.length
      if (!isInside) found.push(`${severity} ${code} at ${file} ${start}..${end}: ${message}`)
    }
  }
  const failed = built.diagnostics.some((d) => d.severity === 'error')
  if (failed !== (built.pkg === undefined)) found.push(`package ${!failed}, errors ${failed}`)
  return found
}

/** Runs the package, when there is one, to a stop that can be put into words. */
function runToStop(built: Built): Stop | undefined {
  if (!built.pkg) return undefined
  const machine = new Machine(built.pkg)
  const stop = drainWithin(machine.run(cycles))
  expect(explainStop(machine, stop).kind).toBeTruthy()
  return stop
}

function drainWithin(work: Work<Stop>): Stop {
  for (let i = 0; i < mostYields; i++) {
    const step = work.next()
    if (step.done) return step.value
  }
  throw new Error('the run does not end')
}

const oddTexts =
  '\u0000 \ufeff \ud800 \u2028 💥 é \r \t \v \u202e " \\ % @ $ - 0x 1e999 99999999999999999999 -1 0 ( ) { } [ ] < > , ; : // /* #'.split(
    ' ',
  )
const oddNumbers = '0 -1 1 2 7 16 65535 4294967296 9007199254740993 1e30 0.5'.split(' ')

const pick = <T>(list: readonly T[], at: number): T => list[Math.floor(at * list.length)]!

function splice(text: string, at: number, drop: number, add: string): string {
  const from = Math.floor(at * text.length)
  return text.slice(0, from) + add + text.slice(from + drop)
}

/** Replaces one match of a pattern by a text. */
function replaceOne(
  text: string,
  pattern: RegExp,
  at: number,
  by: (all: string[]) => string,
): string {
  const all = [...text.matchAll(pattern)]
  if (all.length === 0) return text
  const found = pick(all, at)
  return (
    text.slice(0, found.index) +
    by(all.map((m) => m[0])) +
    text.slice(found.index + found[0].length)
  )
}

function changeLines(text: string, change: (lines: string[]) => void): string {
  const lines = text.split('\n')
  change(lines)
  return lines.join('\n')
}

/** Changes of a text; where and what are numbers from 0 up to, but not including, 1. */
const changes: readonly ((text: string, where: number, what: number) => string)[] = [
  (t, at, what) => splice(t, at, 1, String.fromCharCode(32 + Math.floor(what * 95))),
  (t, at, what) => splice(t, at, 0, pick(oddTexts, what)),
  (t, at, what) => splice(t, at, 1 + Math.floor(what * 40), ''),
  (t, at, what) => splice(t, at, 0, t.slice(Math.floor(what * t.length)).slice(0, 200)),
  (t, at) => t.slice(0, Math.floor(at * t.length)),
  (t, at, what) =>
    changeLines(t, (l) => l.splice(Math.floor(at * l.length), 1 + Math.floor(what * 3))),
  (t, at, what) => changeLines(t, (l) => l.splice(Math.floor(at * l.length), 0, pick(l, what))),
  (t, at, what) =>
    changeLines(t, (l) => {
      const [moved] = l.splice(Math.floor(at * l.length), 1)
      l.splice(Math.floor(what * l.length), 0, moved!)
    }),
  (t, at, what) => replaceOne(t, /\d+/g, at, () => pick(oddNumbers, what)),
  (t, at, what) => replaceOne(t, /[%@]?[A-Za-z_]\w*/g, at, (words) => pick(words, what)),
  () => '',
]

const share = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
const change = fc.tuple(share, fc.nat(changes.length - 1), share, share)
const changeList = fc.array(change, { minLength: 1, maxLength: 3 })

function mutate(
  files: ProjectFiles,
  list: readonly [number, number, number, number][],
): ProjectFiles {
  const changed = new Map(files)
  for (const [which, kind, where, what] of list) {
    const name = pick([...changed.keys()], which)
    const text = changed.get(name)!
    if (typeof text === 'string') changed.set(name, changes[kind]!(text, where, what))
  }
  return changed
}

describe('a project that is wrong in any way', () => {
  const keys = 'title device design kernels defines include control sequence args host extra'.split(
    ' ',
  )
  const bufferKeys = 'name type shape init expect scalar tolerance'.split(' ')
  const words = fc.constantFrom(
    ...'design.mlir double.cc host.json uc0.asm ../x aie4 npu1 __proto__ constructor 0 A i32'.split(
      ' ',
    ),
    '',
    'ü\u0000',
  )
  const buffer = fc.dictionary(
    fc.constantFrom(...bufferKeys),
    fc.oneof(
      words,
      fc.jsonValue(),
      fc.array(fc.integer(), { maxLength: 3 }),
      fc.constant({ fill: 3 }),
    ),
    { maxKeys: 5 },
  )
  const value = fc.oneof(
    words,
    fc.array(words, { maxLength: 3 }),
    fc.array(buffer, { maxLength: 2 }),
    fc.dictionary(words, words, { maxKeys: 3 }),
    fc.jsonValue(),
  )
  const json = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 6 }),
  )

  it('gets diagnostics with places in its files, whatever JSON its project file is', () => {
    fc.assert(
      fc.property(json, (content) => {
        const files = new Map(projects.get('vector-add')!)
        files.set('project.json', JSON.stringify(content))
        expect(flaws(buildProject(files))).toEqual([])
      }),
      { numRuns: 150, seed },
    )
  })

  it('gets them when files are missing, empty or bytes', () => {
    for (const files of projects.values()) {
      for (const name of files.keys()) {
        for (const content of [undefined, '', '\n', new Uint8Array([0, 255, 1])]) {
          const changed = new Map(files)
          if (content === undefined) changed.delete(name)
          else changed.set(name, content)
          expect(flaws(buildProject(changed)), name).toEqual([])
        }
      }
    }
    expect(buildProject(new Map()).diagnostics.map((d) => d.code)).toEqual(['P0100'])
  })

  it.each([...projects.keys()])(
    '%s, changed at random, gets diagnostics or runs to a stop',
    (name) => {
      const device = fc.constantFrom<ProfileId | undefined>(undefined, 'aie4', 'npu4', 'npu1')
      // Step lists have little to compile and much to run.
      const numRuns = projects.get(name)!.has('host.json') ? 8 : 25
      fc.assert(
        fc.property(changeList, device, (list, profile) => {
          const built = buildProject(
            mutate(projects.get(name)!, list),
            profile ? { device: profile } : {},
          )
          expect(flaws(built)).toEqual([])
          runToStop(built)
        }),
        { numRuns, seed },
      )
    },
  )
})

describe('a design that asks for too much', () => {
  const tiles = '%shim = aie.tile(0, 0) %mem = aie.tile(0, 1) %core = aie.tile(0, 2)'
  const constants =
    '%c0 = arith.constant 0 : index %c1 = arith.constant 1 : index %n = arith.constant 9223372036854775807 : index'
  const fifo = (depth: string, attrs = '') =>
    `aie.objectfifo @f(%mem, {%core}, ${depth} : i32) ${attrs} : !aie.objectfifo<memref<8xi32>>`
  const chain = Array.from(
    { length: 400 },
    (_, i) => `func.func @f${i}() { func.call @f${i + 1}() : () -> () return }`,
  )
  const cases: readonly [what: string, body: string][] = [
    ['objects', fifo('9007199254740993')],
    [
      'objects at a time',
      `${fifo('2')} aie.core(%core) { %v = aie.objectfifo.acquire @f(Consume, 999999999999) : !aie.objectfifosubview<memref<8xi32>> aie.end }`,
    ],
    ['repeats', fifo('2', '{repeat_count = 2000000000 : i32}')],
    ['initial values', '%a = aie.buffer(%core) : memref<9007199254740993xi32> = dense<0>'],
    [
      'rounds of a sequence',
      `aie.runtime_sequence() { ${constants} scf.for %i = %c0 to %n step %c1 { } }`,
    ],
    [
      'steps of a sequence',
      `aie.runtime_sequence() { ${constants} scf.for %i = %c0 to %n step %c1 { aiex.npu.write32 {address = 4096 : ui32, column = 0 : i32, row = 2 : i32, value = 1 : ui32} } }`,
    ],
    [
      'calls within calls',
      `${chain.join('\n')} func.func @f400() { return } aie.core(%core) { func.call @f0() : () -> () aie.end }`,
    ],
  ]

  it.each(cases)('of %s is told so', (_, body) => {
    const files = new Map([
      ['project.json', '{ "design": "design.mlir" }'],
      ['design.mlir', `module { aie.device(npu1_2col) { ${tiles} ${body} } }`],
    ])
    const built = buildProject(files)
    expect(flaws(built)).toEqual([])
    expect(built.diagnostics.map((d) => d.severity)).toContain('error')
  })
})

describe('a project that is right', () => {
  it.each([
    ['npu', 'npu1'],
    ['npu2_8col', 'npu4'],
    ['aie4', 'aie4'],
  ])(
    'runs on the profile its device word %s means, wherever comments speak of others',
    (word, profile) => {
      const files = new Map<string, string | Uint8Array>(readFolder(`${folder}/vector-add`))
      files.set('project.json', String(files.get('project.json')).replace(/"device":[^,]*,/, ''))
      const design = String(files.get('design.mlir')).replace(
        /aie\.device\(\w+\)/,
        `aie.device(${word})`,
      )
      files.set('design.mlir', `// once aie.device(npu4_2col)\n${design}`)
      const { pkg, diagnostics } = buildProject(files)
      expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([])
      expect(pkg?.profile).toBe(profile)
      expect(pkg?.image?.profile).toBe(profile)
    },
  )

  it.each([...projects])('%s builds without a word and runs to its end', (_, files) => {
    const built = buildProject(files)
    expect(built.diagnostics.filter((d) => d.severity !== 'note')).toEqual([])
    // A program may sleep for seconds of its own time; that costs nothing here.
    expect(drainWithin(new Machine(built.pkg!).run()).kind).toBe('end')
  })
})
