import { describe, expect, it } from 'vitest'
import { disassemble } from '../../device/abi/core-isa.ts'
import { accum, scalar, vector, voidType, type IrFunction, type IrGlobal } from './ir.ts'
import { linkCore, type LinkInput } from './link.ts'
import { IrBuilder, i32, nowhere, ptr } from './test-kit/build.ts'

const own = 0x70000

function link(functions: IrFunction[], globals: IrGlobal[] = [], extra: Partial<LinkInput> = {}) {
  return linkCore({
    entry: 'main',
    modules: [{ functions, globals }],
    symbols: new Map([['buffer', own + 0x2000]]),
    free: [{ from: 0, to: 0x1000 }],
    stackBytes: 1024,
    arch: 'aie4',
    pmBytes: 16384,
    windowBase: own,
    lineOf: (at) => at.start + 1,
    at: nowhere,
    ...extra,
  })
}

function codes(result: ReturnType<typeof link>): string[] {
  return result.diagnostics.map((d) => d.code)
}

function main(build: (b: IrBuilder) => void): IrFunction {
  const b = new IrBuilder('main')
  build(b)
  return b.build(voidType)
}

/** Stores a constant to the buffer. */
function storing(b: IrBuilder, value: number): void {
  const to = b.value(ptr, 'symbol', [], { symbol: 'buffer' })
  b.effect('store', i32, [to, { imm: value }], { at: { file: 'k.cc', start: 41, end: 50 } })
}

describe('linking a core', () => {
  it('maps every bundle to its place, in order', () => {
    const { program, diagnostics } = link([main((b) => storing(b, 5))])
    expect(diagnostics).toEqual([])
    const bundles = disassemble(program!.image)
    expect(program!.places.map((p) => p.pc)).toEqual(bundles.map((b) => b.pc))
    expect(program!.places.map((p) => p.text)).toEqual(bundles.map((b) => b.text))
    expect(program!.codeBytes).toBe(program!.image.length * 4)
    const store = program!.places.find((p) => p.text.some((t) => t.startsWith('st32')))
    expect(store).toMatchObject({ line: 42, symbol: 'main', at: { file: 'k.cc', start: 41 } })
  })

  it('inlines calls and says which function the code is from', () => {
    const helper = new IrBuilder('helper')
    const x = helper.parameter(i32)
    const to = helper.value(ptr, 'symbol', [], { symbol: 'buffer' })
    helper.effect('store', i32, [to, { reg: x }])
    const { program, diagnostics } = link([
      main((b) => b.effect('call', voidType, [{ imm: 9 }], { symbol: 'helper' })),
      helper.build(voidType),
    ])
    expect(diagnostics).toEqual([])
    expect(program!.places.map((p) => p.symbol)).toContain('helper')
  })

  it('places globals that are used, with their bytes, behind the stack', () => {
    const table: IrGlobal = {
      name: 'table',
      sizeBytes: 6,
      align: 64,
      bytes: Uint8Array.of(1, 2, 3),
      readOnly: true,
    }
    const unused: IrGlobal = { name: 'unused', sizeBytes: 4, align: 4, readOnly: false }
    const { program } = link(
      [
        main((b) => {
          const from = b.value(ptr, 'symbol', [], { symbol: 'table', offset: 2 })
          const v = b.value(i32, 'load', [from])
          b.effect('store', i32, [b.value(ptr, 'symbol', [], { symbol: 'buffer' }), v])
        }),
      ],
      [table, unused],
    )
    expect(program!.data).toEqual([
      { offset: 1024, bytes: Uint8Array.of(1, 2, 3, 0, 0, 0, 0, 0), name: 'table' },
    ])
    expect(program!.symbols).toEqual([
      { name: 'stack', offset: 0, sizeBytes: 1024, kind: 'stack' },
      { name: 'table', offset: 1024, sizeBytes: 6, kind: 'global' },
    ])
  })

  it('prefers a name of the calling source to the same name elsewhere', () => {
    const one = new IrBuilder('helper')
    storing(one, 1)
    const two = new IrBuilder('helper')
    storing(two, 2)
    const entry = main((b) => b.effect('call', voidType, [], { symbol: 'helper' }))
    const result = linkCore({
      entry: 'main',
      modules: [
        { functions: [one.build(voidType)], globals: [] },
        { functions: [entry, two.build(voidType)], globals: [] },
      ],
      symbols: new Map([['buffer', own]]),
      free: [{ from: 0, to: 0x1000 }],
      stackBytes: 0,
      arch: 'aie2',
      pmBytes: 4096,
      windowBase: own,
      lineOf: () => 1,
      at: nowhere,
    })
    expect(result.program!.places.flatMap((p) => p.text).join()).toContain('#2')
  })

  it.each([
    [
      'C9001',
      'a function that nobody defines',
      [main((b) => b.effect('call', voidType, [], { symbol: 'gone' }))],
    ],
    ['C9001', 'an entry that nobody defines', []],
    ['C9003', 'recursion', [main((b) => b.effect('call', voidType, [], { symbol: 'main' }))]],
    [
      'C9013',
      'a symbol that nobody defines',
      [main((b) => void b.value(ptr, 'symbol', [], { symbol: 'gone' }))],
    ],
    [
      'C9012',
      'the address of a function',
      [main((b) => void b.value(ptr, 'symbol', [], { symbol: 'main' }))],
    ],
    [
      'C9020',
      'float arithmetic',
      [main((b) => void b.value(scalar('f32'), 'add', [{ imm: 0 }, { imm: 0 }]))],
    ],
    ['C9020', 'vectors of four bits', [main((b) => void b.value(vector('i4', 64), 'zeros', []))]],
    [
      'C9021',
      'a lane that does not exist',
      [
        main(
          (b) =>
            void b.value(i32, 'extract', [b.value(vector('i32', 16), 'zeros', []), { imm: 16 }]),
        ),
      ],
    ],
    [
      'C9023',
      'a shift out of range',
      [
        main(
          (b) =>
            void b.value(vector('i32', 16), 'srs', [
              b.value(accum('acc64', 16), 'zeros', []),
              { imm: 64 },
            ]),
        ),
      ],
    ],
  ] as [string, string, IrFunction[]][])('reports %s for %s', (code, _, functions) => {
    const result = link(functions)
    expect(result.program).toBeUndefined()
    expect(codes(result)).toEqual([code])
  })

  it('reports a name defined in several other sources', () => {
    const one = new IrBuilder('helper').build(voidType)
    const entry = main((b) => b.effect('call', voidType, [], { symbol: 'helper' }))
    const modules = [entry, one, { ...one }].map((fn) => ({ functions: [fn], globals: [] }))
    expect(codes(link([], [], { modules }))).toEqual(['C9002'])
  })

  it('reports a wrong number of arguments', () => {
    const helper = new IrBuilder('helper')
    helper.parameter(i32)
    const entry = main((b) => b.effect('call', voidType, [], { symbol: 'helper' }))
    expect(codes(link([entry, helper.build(voidType)]))).toEqual(['C9004'])
  })

  it('reports what does not fit, with the numbers', () => {
    const big = main((b) => storing(b, 1))
    expect(link([big], [], { pmBytes: 8 }).diagnostics[0]).toMatchObject({ code: 'C9030' })
    expect(link([big], [], { pmBytes: 8 }).diagnostics[0]!.message).toMatch(/\d+ bytes.* 8\.$/)
    expect(codes(link([big], [], { stackBytes: 0x2000 }))).toEqual(['C9010'])
    expect(codes(link([{ ...big, frameBytes: 2000 }]))).toEqual(['C9011'])
    const huge: IrGlobal = { name: 'huge', sizeBytes: 0x1000, align: 4, readOnly: false }
    const user = main((b) => void b.value(ptr, 'symbol', [], { symbol: 'huge' }))
    expect(codes(link([user], [huge]))).toEqual(['C9014'])
  })

  it('overlaps the turns of a loop only when its accesses are known apart', () => {
    const loop = (scope: number) =>
      main((b) => {
        const v = vector('i16', 32)
        const p = b.value(ptr, 'load', [b.value(ptr, 'symbol', [], { symbol: 'buffer' })])
        const q = b.value(ptr, 'load', [
          b.value(ptr, 'symbol', [], { symbol: 'buffer', offset: 4 }),
        ])
        b.loop({ imm: 0 }, { imm: 64 * 100 }, 64, (i) => {
          const x = b.value(v, 'load', [b.value(ptr, 'add', [p, i])], { scope })
          b.effect('store', v, [b.value(ptr, 'add', [q, i]), b.value(v, 'add', [x, x])], {
            scope: scope * 2,
          })
        })
      })
    const cycles = (scope: number): number => {
      const { program } = link([loop(scope)])
      const texts = program!.places.map((p) => p.text)
      return texts.filter(
        (t) => t.some((op) => op.startsWith('ldv64')) && t.some((op) => op.startsWith('stv64')),
      ).length
    }
    expect(cycles(1)).toBeGreaterThan(0)
    expect(cycles(0)).toBe(0)
  })
})
