import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Evaluator } from '../../codegen/test-kit/evaluate.ts'
import type { IrModule } from '../../codegen/ir.ts'
import { image, module, names, tiles } from '../test-kit/kit.ts'

/** The IR of a core whose functions are `functions`; the core calls each of them once. */
function compiled(functions: string, call: string): IrModule {
  const made = image(
    module(`${tiles} ${functions}
    aie.core(%core) { ${call} aie.end }`),
  )
  return made.cores[0]!.body
}

/** Runs `@f`, a function of numbers, on an empty memory. */
function run(
  body: string,
  parameters: string,
  result: string,
  args: readonly (number | bigint)[],
): bigint {
  const list = parameters
    .split(',')
    .map((p) => p.trim())
    .filter(Boolean)
  const types = list.map((p) => p.split(':')[1]!.trim())
  const constants = types
    .map((t, i) => `%a${i} = arith.constant ${t.startsWith('f') ? '0.0' : '0'} : ${t}`)
    .join('\n')
  const ir = compiled(
    `func.func @f(${parameters}) -> ${result} { ${body} }`,
    `${constants} %r = func.call @f(${types.map((_, i) => `%a${i}`).join(', ')}) : (${types.join(', ')}) -> ${result}`,
  )
  const place = {
    memory: new Uint8Array(4096),
    base: 0,
    symbols: new Map<string, number>(),
    frame: 2048,
  }
  return new Evaluator(ir, place).call('f', args.map(BigInt)) as bigint
}

/** Runs `@f` over one buffer of 32-bit numbers and gives the buffer back. */
function over(
  body: string,
  numbers: readonly number[],
  type = `memref<${numbers.length}xi32>`,
): number[] {
  const ir = compiled(
    `func.func @f(%m : ${type}) { ${body} return } %b = aie.buffer(%core) : ${type}`,
    `func.call @f(%b) : (${type}) -> ()`,
  )
  const memory = new Uint8Array(4096)
  new Int32Array(memory.buffer).set(numbers)
  new Evaluator(ir, { memory, base: 0, symbols: new Map(), frame: 2048 }).call('f', [0n])
  return [...new Int32Array(memory.buffer, 0, numbers.length)]
}

const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })

describe('integer operations wrap and keep the sign they are given', () => {
  const cases: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
    addi: (a, b) => a + b,
    subi: (a, b) => a - b,
    muli: (a, b) => a * b,
    divsi: (a, b) => a / b,
    remsi: (a, b) => a % b,
    divui: (a, b) => BigInt.asUintN(32, a) / BigInt.asUintN(32, b),
    remui: (a, b) => BigInt.asUintN(32, a) % BigInt.asUintN(32, b),
    floordivsi: (a, b) => (a - (((a % b) + b) % b)) / b,
    ceildivsi: (a, b) => -((-a - (((-a % b) + b) % b)) / b),
    maxui: (a, b) => (BigInt.asUintN(32, a) > BigInt.asUintN(32, b) ? a : b),
    minsi: (a, b) => (a < b ? a : b),
    xori: (a, b) => a ^ b,
  }
  for (const [name, meaning] of Object.entries(cases)) {
    it(name, () => {
      const text = `%r = arith.${name} %x, %y : i32 return %r : i32`
      fc.assert(
        fc.property(
          int,
          int.filter((n) => n !== 0),
          (a, b) => {
            fc.pre(!(a === -(2 ** 31) && b === -1))
            expect(run(text, '%x : i32, %y : i32', 'i32', [a, b])).toBe(
              BigInt.asIntN(32, meaning(BigInt(a), BigInt(b))),
            )
          },
        ),
        { numRuns: 12 },
      )
    })
  }

  it('shifts, comparisons, choices and conversions', () => {
    const f = (body: string, args: readonly number[], result = 'i32') =>
      run(body, '%x : i32, %y : i32', result, args)
    expect(f('%r = arith.shrui %x, %y : i32 return %r : i32', [-1, 28])).toBe(15n)
    expect(f('%r = arith.shrsi %x, %y : i32 return %r : i32', [-16, 2])).toBe(-4n)
    expect(
      f(
        '%c = arith.cmpi ult, %x, %y : i32 %r = arith.extui %c : i1 to i32 return %r : i32',
        [1, -1],
      ),
    ).toBe(1n)
    expect(
      f(
        '%c = arith.cmpi slt, %x, %y : i32 %r = arith.extsi %c : i1 to i32 return %r : i32',
        [-1, 1],
      ),
    ).toBe(-1n)
    expect(
      f(
        '%c = arith.cmpi eq, %x, %y : i32 %r = arith.select %c, %x, %y : i32 return %r : i32',
        [3, 4],
      ),
    ).toBe(4n)
    expect(
      f(
        '%b = arith.trunci %x : i32 to i8 %r = arith.extsi %b : i8 to i32 return %r : i32',
        [0x1ff, 0],
      ),
    ).toBe(-1n)
    expect(
      f(
        '%b = arith.trunci %x : i32 to i8 %r = arith.extui %b : i8 to i32 return %r : i32',
        [0x1ff, 0],
      ),
    ).toBe(255n)
    expect(
      f(
        '%b = arith.trunci %x : i32 to i8 %c = arith.trunci %y : i32 to i8 %s = arith.addi %b, %c : i8 %r = arith.extsi %s : i8 to i32 return %r : i32',
        [100, 100],
      ),
    ).toBe(-56n)
  })
})

describe('loops and choices', () => {
  it('carry values', () => {
    const sum = `%z = arith.constant 0 : i32 %c0 = arith.constant 0 : index %c1 = arith.constant 1 : index
      %n = arith.index_cast %x : i32 to index
      %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %z) -> (i32) {
        %v = arith.index_cast %i : index to i32
        %t = arith.addi %s, %v : i32
        scf.yield %t : i32
      }
      return %r : i32`
    expect(run(sum, '%x : i32', 'i32', [10])).toBe(45n)
    expect(run(sum, '%x : i32', 'i32', [0])).toBe(0n)
  })

  it('swap carried values without losing one', () => {
    const fibonacci = `%a = arith.constant 0 : i32 %b = arith.constant 1 : i32
      %c0 = arith.constant 0 : index %c1 = arith.constant 1 : index %n = arith.index_cast %x : i32 to index
      %p, %q = scf.for %i = %c0 to %n step %c1 iter_args(%s = %a, %t = %b) -> (i32, i32) {
        %u = arith.addi %s, %t : i32
        scf.yield %t, %u : i32, i32
      }
      return %p : i32`
    expect(run(fibonacci, '%x : i32', 'i32', [10])).toBe(55n)
  })

  it('run while a condition holds', () => {
    const log = `%z = arith.constant 0 : i32 %one = arith.constant 1 : i32
      %r:2 = scf.while (%v = %x, %n = %z) : (i32, i32) -> (i32, i32) {
        %more = arith.cmpi sgt, %v, %one : i32
        scf.condition(%more) %v, %n : i32, i32
      } do {
      ^bb0(%v: i32, %n: i32):
        %h = arith.shrsi %v, %one : i32
        %m = arith.addi %n, %one : i32
        scf.yield %h, %m : i32, i32
      }
      return %r#1 : i32`
    expect(run(log, '%x : i32', 'i32', [1000])).toBe(9n)
  })

  it('choose with and without results', () => {
    const abs = `%z = arith.constant 0 : i32 %neg = arith.cmpi slt, %x, %z : i32
      %r = scf.if %neg -> (i32) { %m = arith.subi %z, %x : i32 scf.yield %m : i32 } else { scf.yield %x : i32 }
      return %r : i32`
    expect([5, -7].map((n) => run(abs, '%x : i32', 'i32', [n]))).toEqual([5n, 7n])
  })

  it('jump between blocks with arguments', () => {
    const gcd = `cf.br ^test(%x, %y : i32, i32)
      ^test(%a: i32, %b: i32):
        %z = arith.constant 0 : i32
        %more = arith.cmpi ne, %b, %z : i32
        cf.cond_br %more, ^step, ^done
      ^step:
        %r = arith.remsi %a, %b : i32
        cf.br ^test(%b, %r : i32, i32)
      ^done:
        return %a : i32`
    expect(run(gcd, '%x : i32, %y : i32', 'i32', [84, 36])).toBe(12n)
  })
})

describe('memory that is chosen while running', () => {
  const buffers = `%c0 = arith.constant 0 : index %a = memref.subview %m[0][2][1] : memref<8xi32> to memref<2xi32>
    %b = memref.subview %m[4][2][1] : memref<8xi32> to memref<2xi32, strided<[1], offset: 4>>
    %bb = memref.cast %b : memref<2xi32, strided<[1], offset: 4>> to memref<2xi32>
    %v = arith.constant 99 : i32`

  it('by a condition', () => {
    const pick = (flag: boolean) => `${buffers} %f = arith.constant ${flag}
      %p = scf.if %f -> (memref<2xi32>) { scf.yield %a : memref<2xi32> } else { scf.yield %bb : memref<2xi32> }
      memref.store %v, %p[%c0] : memref<2xi32>`
    expect(over(pick(true), [0, 0, 0, 0, 0, 0, 0, 0]).indexOf(99)).toBe(0)
    expect(over(pick(false), [0, 0, 0, 0, 0, 0, 0, 0]).indexOf(99)).toBe(4)
  })

  it('by a number, with a default', () => {
    const pick = (n: number) => `${buffers} %n = index.constant ${n}
      %p = scf.index_switch %n -> memref<2xi32>
      case 0 { scf.yield %bb : memref<2xi32> }
      case 7 { scf.yield %a : memref<2xi32> }
      default { scf.yield %bb : memref<2xi32> }
      memref.store %v, %p[%c0] : memref<2xi32>`
    expect([0, 7, 5].map((n) => over(pick(n), [0, 0, 0, 0, 0, 0, 0, 0]).indexOf(99))).toEqual([
      4, 0, 4,
    ])
  })

  it('by a jump', () => {
    expect(
      over(
        `${buffers} cf.br ^use(%bb : memref<2xi32>)
      ^use(%p: memref<2xi32>):
        memref.store %v, %p[%c0] : memref<2xi32>
        cf.br ^done
      ^done:`,
        [0, 0, 0, 0, 0, 0, 0, 0],
      ).indexOf(99),
    ).toBe(4)
  })
})

describe('memory', () => {
  const consts =
    '%c0 = arith.constant 0 : index %c1 = arith.constant 1 : index %c2 = arith.constant 2 : index %c3 = arith.constant 3 : index'

  it('is row-major', () => {
    expect(
      over(
        `${consts} %v = arith.constant 9 : i32 memref.store %v, %m[%c2, %c1] : memref<3x4xi32>`,
        Array.from({ length: 12 }, () => 0),
        'memref<3x4xi32>',
      ).indexOf(9),
    ).toBe(9)
  })

  it('is seen through views with offsets and strides', () => {
    const list = Array.from({ length: 16 }, (_, i) => i)
    expect(
      over(
        `${consts} %s = memref.subview %m[1, 1][2, 2][2, 2] : memref<4x4xi32> to memref<2x2xi32, strided<[8, 2], offset: 5>>
      %v = arith.constant 99 : i32
      memref.store %v, %s[%c1, %c1] : memref<2x2xi32, strided<[8, 2], offset: 5>>`,
        list,
        'memref<4x4xi32>',
      ).indexOf(99),
    ).toBe(15)
    expect(
      over(
        `${consts} %s = memref.subview %m[%c2][4][%c3] : memref<16xi32> to memref<4xi32, strided<[3], offset: ?>>
      %v = arith.constant 99 : i32
      memref.store %v, %s[%c2] : memref<4xi32, strided<[3], offset: ?>>`,
        list,
      ).indexOf(99),
    ).toBe(8)
    expect(
      over(
        `${consts} %s = memref.reinterpret_cast %m to offset: [2], sizes: [2, 3], strides: [5, 1] : memref<16xi32> to memref<2x3xi32, strided<[5, 1], offset: 2>>
      %v = arith.constant 99 : i32
      memref.store %v, %s[%c1, %c2] : memref<2x3xi32, strided<[5, 1], offset: 2>>`,
        list,
      ).indexOf(99),
    ).toBe(9)
  })

  it('is copied, with and without gaps', () => {
    const list = [1, 2, 3, 4, 5, 6, 7, 8]
    expect(
      over(
        `%a = memref.subview %m[0][4][1] : memref<8xi32> to memref<4xi32>
      %b = memref.subview %m[4][4][1] : memref<8xi32> to memref<4xi32, strided<[1], offset: 4>>
      memref.copy %a, %b : memref<4xi32> to memref<4xi32, strided<[1], offset: 4>>`,
        list,
      ),
    ).toEqual([1, 2, 3, 4, 1, 2, 3, 4])
    expect(
      over(
        `%a = memref.subview %m[0][4][2] : memref<8xi32> to memref<4xi32, strided<[2]>>
      %b = memref.subview %m[1][4][2] : memref<8xi32> to memref<4xi32, strided<[2], offset: 1>>
      memref.copy %a, %b : memref<4xi32, strided<[2]>> to memref<4xi32, strided<[2], offset: 1>>`,
        list,
      ),
    ).toEqual([1, 1, 3, 3, 5, 5, 7, 7])
  })

  it('is reached by affine subscripts', () => {
    expect(
      over(
        `affine.for %i = 0 to 4 {
        %v = affine.load %m[%i floordiv 2 + 6] : memref<8xi32>
        affine.store %v, %m[(%i * 3) mod 4] : memref<8xi32>
      }`,
        [0, 0, 0, 0, 0, 0, 10, 20],
      ),
    ).toEqual([10, 20, 20, 10, 0, 0, 10, 20])
    expect(
      over(
        `affine.for %i = affine_map<() -> (2)>() to 8 step 3 {
        %k = affine.apply affine_map<(d0) -> (d0 - 2)>(%i)
        %v = arith.index_cast %k : index to i32
        affine.store %v, %m[%i] : memref<8xi32>
      }`,
        [9, 9, 9, 9, 9, 9, 9, 9],
      ),
    ).toEqual([9, 9, 0, 9, 9, 3, 9, 9])
  })

  it('holds constant tables', () => {
    const made = image(
      module(`${tiles} memref.global "private" constant @table : memref<3xi16> = dense<[1, -1, 256]>
      aie.core(%core) { %t = memref.get_global @table : memref<3xi16> aie.end }`),
    )
    const [global] = made.cores[0]!.body.globals
    expect([...global!.bytes!]).toEqual([1, 0, 255, 255, 0, 1])
    expect(global!.readOnly).toBe(true)
  })
})

describe('objects of fifos', () => {
  /** Locks taken and given by a core, in the order of the text, with amounts. */
  function locks(body: string, depth: string, producer = '%shim', consumer = '%core'): string[] {
    const made = image(
      module(`${tiles} aie.objectfifo @f(${producer}, {${consumer}}, ${depth}) : !aie.objectfifo<memref<8xi32>>
      aie.core(%core) { ${body} aie.end }`),
    )
    const { blocks } = made.cores[0]!.body.functions[0]!
    return blocks
      .flatMap((b) => b.ops)
      .filter((o) => o.op === 'acquire' || o.op === 'release')
      .map((o) => {
        const [lock, amount] = o.args.map((a) => ('imm' in a ? String(a.imm) : 'counted'))
        return `${o.op} ${lock} ${amount}`
      })
  }
  const take = (n: number, port = 'Consume') =>
    `%t${n} = aie.objectfifo.acquire @f(${port}, ${n}) : !aie.objectfifosubview<memref<8xi32>>`
  const give = (n: number, port = 'Consume') => `aie.objectfifo.release @f(${port}, ${n})`

  it('are waited for only as far as they are not held already', () => {
    expect(locks(`${take(1)} ${take(3)} ${give(2)} ${take(2)} ${give(2)}`, '4 : i32')).toEqual([
      'acquire 49 1',
      'acquire 49 2',
      'release 48 2',
      'acquire 49 1',
      'release 48 2',
    ])
  })

  it('are taken from the other lock by a producer', () => {
    expect(
      locks(`${take(1, 'Produce')} ${give(1, 'Produce')}`, '2 : i32', '%core', '%shim'),
    ).toEqual(['acquire 48 1', 'release 49 1'])
  })

  it('are counted at run time where a loop does not say how many are held', () => {
    const loop = `%c0 = arith.constant 0 : index %c1 = arith.constant 1 : index %c5 = arith.constant 5 : index
      scf.for %i = %c0 to %c5 step %c1 { ${take(3)} ${give(1)} }`
    expect(locks(loop, '4 : i32')).toEqual(['acquire 49 counted', 'release 48 1'])
  })

  it('are counted at run time where two ways meet with different numbers', () => {
    const choice = `%y = arith.constant true scf.if %y { ${take(2)} } ${take(3)} ${give(3)}`
    expect(locks(choice, '4 : i32')).toContain('acquire 49 counted')
    const same = `%y = arith.constant true scf.if %y { ${take(1)} ${give(1)} } ${take(3)} ${give(3)}`
    expect(locks(same, '4 : i32')).not.toContain('acquire 49 counted')
  })

  it('turn: each object comes up again after all the others', () => {
    const made = image(
      module(`${tiles} aie.objectfifo @f(%core, {%shim}, [3, 1]) : !aie.objectfifo<memref<1xi32>>
      aie.core(%core) {
        %c0 = arith.constant 0 : index %c1 = arith.constant 1 : index %c7 = arith.constant 7 : index
        scf.for %i = %c0 to %c7 step %c1 {
          %s = aie.objectfifo.acquire @f(Produce, 2) : !aie.objectfifosubview<memref<1xi32>>
          %second = aie.objectfifo.subview.access %s[1] : !aie.objectfifosubview<memref<1xi32>> -> memref<1xi32>
          %v = arith.index_cast %i : index to i32
          memref.store %v, %second[%c0] : memref<1xi32>
          aie.objectfifo.release @f(Produce, 2)
        }
        aie.end
      }`),
    )
    const core = made.cores[0]!
    const order: bigint[] = []
    // Locks do not matter here: they are left out of the function that is evaluated.
    const functions = core.body.functions.map((f) => ({
      ...f,
      blocks: f.blocks.map((b) => ({
        ...b,
        ops: b.ops.filter((o) => o.op !== 'acquire' && o.op !== 'release'),
      })),
    }))
    const memory = new Uint8Array(64)
    const symbols = new Map(
      Object.keys(core.symbols)
        .sort()
        .map((name, i) => [name, 4 * i]),
    )
    new Evaluator({ functions, globals: [] }, { memory, base: 0, symbols, frame: 32 }).call(
      'core_0_2',
      [],
    )
    order.push(...[...new Int32Array(memory.buffer, 0, 3)].map(BigInt))
    // Second objects of the rounds 0 to 6 lie in buffers 1 0 2 1 0 2 1.
    expect(order).toEqual([4n, 6n, 5n])
  })

  it('may come as memrefs at once', () => {
    const made = image(
      module(`${tiles} aie.objectfifo @f(%shim, {%core}, 2 : i32) : !aie.objectfifo<memref<8xi32>>
      aie.core(%core) { %c0 = arith.constant 0 : index
        %a, %b = aie.objectfifo.acquire @f(Consume, 2) : memref<8xi32>, memref<8xi32>
        %v = memref.load %b[%c0] : memref<8xi32>
        aie.objectfifo.release @f(Consume, 2)
        aie.end }`),
    )
    expect(made.cores[0]!.body.functions[0]!.blocks[0]!.ops.some((o) => o.op === 'load')).toBe(true)
  })

  it('beyond the depth are refused', () => {
    expect(
      names(
        module(`${tiles} aie.objectfifo @f(%shim, {%core}, [1, 2]) : !aie.objectfifo<memref<8xi32>>
      aie.core(%core) { ${take(3)} aie.end }`),
      ),
    ).toEqual(['FifoShape'])
  })
})

describe('what a core sees', () => {
  it('are its own buffers and those of its neighbours, in their windows', () => {
    const made = image(
      module(`%c = aie.tile(1, 3) %w = aie.tile(0, 3) %n = aie.tile(1, 4) %s = aie.tile(1, 2)
      ${['c', 'w', 'n', 's'].map((t) => `%b${t} = aie.buffer(%${t}) {sym_name = "${t}", address = 16 : i32} : memref<1xi32>`).join('\n')}
      %l = aie.lock(%n, 4)
      aie.core(%c) { %z = arith.constant 0 : index
        ${['c', 'w', 'n', 's'].map((t) => `%v${t} = memref.load %b${t}[%z] : memref<1xi32>`).join('\n')}
        aie.use_lock(%l, Acquire, 2)
        aie.event(1)
        aie.end } {stack_size = 0 : i32}`),
    )
    const core = made.cores[0]!
    expect(core.symbols).toEqual({ s: 0x40010, w: 0x50010, n: 0x60010, c: 0x70010 })
    const { ops } = core.body.functions[0]!.blocks[0]!
    expect(ops.find((o) => o.op === 'acquire')).toMatchObject({
      args: [{ imm: 36 }, { imm: 2 }],
      mode: 'eq',
    })
    expect(ops.find((o) => o.op === 'event')).toMatchObject({ offset: 1 })
  })

  it('calls kernels with pointers and numbers', () => {
    const made = image(
      module(`${tiles} func.func private @work(memref<8xi32>, i32) -> i32 attributes {link_with = "w.o"}
      %b = aie.buffer(%core) : memref<16xi32>
      aie.core(%core) { %n = arith.constant 8 : i32
        %half = memref.subview %b[8][8][1] : memref<16xi32> to memref<8xi32, strided<[1], offset: 8>>
        %flat = memref.cast %half : memref<8xi32, strided<[1], offset: 8>> to memref<8xi32>
        %r = func.call @work(%flat, %n) : (memref<8xi32>, i32) -> i32
        aie.end }`),
    )
    const core = made.cores[0]!
    expect(core.kernels.map((k) => [k.name, k.linkWith])).toEqual([['work', 'w.o']])
    const { ops } = core.body.functions[0]!.blocks[0]!
    expect(ops.map((o) => o.op)).toEqual(['symbol', 'add', 'call'])
    expect(ops[1]!.args[1]).toEqual({ imm: 32 })
  })
})
