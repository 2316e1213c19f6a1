/**
 * Generated code for hot hardware loops.
 *
 * A loop qualifies when its body is straight, touches only registers and the core's own memory, and
 * every address comes to step by a constant per turn (`strides.ts`). Then the number of turns that stay inside the memory
 * is known before entering, and the generated code needs no checks. It runs all but the last of the
 * turns that fit; the interpreter runs the last one, so that registers which every turn writes anew
 * hold what they must without being written back.
 */
import { Op } from '../../device/abi/core-isa.ts'
import type { FlatMemory } from '../../sim/memory.ts'
import { pageBytes } from '../../sim/memory.ts'
import type { Tick } from '../../sim/scheduler.ts'
import { B, F, opStride, words, type DecodedPrograms } from './decode.ts'
import { loopSource, type LoopBundle } from './jit-source.ts'
import type { Registers } from './registers.ts'
import { srsLane, upsLane32 } from './rounding.ts'
import { maxLag, stridesOf, valueOf, type Strides } from './strides.ts'
import type { Windows } from './windows.ts'

type LoopFunction = (
  R: Int32Array,
  rb: number,
  X: Int32Array,
  xb: number,
  C: Int32Array,
  cb: number,
  W: Int32Array,
  B8: Int8Array,
  U8: Uint8Array,
  H: Int16Array,
  U16: Uint16Array,
  o: number,
  n: number,
) => void

interface LoopUnit {
  readonly run: LoopFunction
  readonly strides: Strides
  readonly cycles: number
  /** Start of the last bundle of a turn, in cycles from the start of the turn. */
  readonly lastStart: number
  readonly bundles: number
  readonly rounding: number
  readonly saturation: number
}

const maxBundles = 256
const maxAccesses = 64

export class LoopCompiler {
  /** Cycles and bundles of one turn of the loop that ran last. */
  cycles = 0
  bundles = 0
  private readonly regs: Registers
  private readonly dm: FlatMemory
  private readonly windows: Windows
  private readonly programs: DecodedPrograms
  private readonly hotTurns: number
  private readonly heat: Uint32Array[]
  /**
   * By core and word of the loop's first bundle: a unit, or null when the loop does not qualify.
   */
  private readonly units: (LoopUnit | null | undefined)[][]
  private readonly known = new Map<string, LoopFunction>()
  private canGenerate = true
  /** Followed registers at the start of a turn, and of the next one. Scratch, not state. */
  private readonly now = new Int32Array(words.r)
  private readonly then = new Int32Array(words.r)
  /** Byte offsets in the core's memory of the accesses of the first turns. Scratch, not state. */
  private readonly places = new Int32Array(maxAccesses * (maxLag + 1))

  constructor(
    regs: Registers,
    dm: FlatMemory,
    windows: Windows,
    programs: DecodedPrograms,
    cores: number,
    pmBytes: number,
    hotTurns: number,
  ) {
    this.regs = regs
    this.dm = dm
    this.windows = windows
    this.programs = programs
    this.hotTurns = hotTurns
    this.heat = Array.from({ length: cores }, () => new Uint32Array(pmBytes >> 2))
    this.units = Array.from({ length: cores }, () => [])
  }

  /** Forgets the loops of a core. */
  drop(core: number): void {
    if (this.units[core]!.length === 0) return
    this.units[core] = []
    this.heat[core]!.fill(0)
  }

  /**
   * Runs turns of the loop from byte `start` to byte `end` of which `left` are to come, the next
   * one starting at `tick`; all bundles start at or before `last`, and at least one turn that fits
   * is left over. Gives the turns run.
   */
  run(core: number, start: number, end: number, left: number, tick: Tick, last: Tick): number {
    const word = start >>> 2
    let unit = this.units[core]![word]
    if (unit === undefined) {
      if (++this.heat[core]![word]! < this.hotTurns || !this.canGenerate) return 0
      unit = this.compile(core, start, end)
      this.units[core]![word] = unit
    }
    if (unit === null) return 0
    if (
      unit.rounding !== this.regs.rounding[core] ||
      unit.saturation !== this.regs.saturation[core]
    ) {
      this.units[core]![word] = undefined
      return 0
    }
    let turns =
      last === Infinity ? left : Math.floor((last - tick - unit.lastStart) / unit.cycles) + 1
    if (turns > left) turns = left
    if (turns > 1) turns = this.inside(core, unit.strides, turns)
    if (turns < 2) return 0
    this.enter(core, unit, turns - 1)
    return turns - 1
  }

  /**
   * How many of `turns` turns keep all accesses aligned and inside the core's own memory. Leaves
   * where they are in the first turns, up to the one from which on they step by constants.
   */
  private inside(core: number, strides: Strides, turns: number): number {
    const { accesses, followed, updates, lag } = strides
    const { now, then, places, windows } = this
    const { r } = this.regs
    const rb = core * words.r
    for (let i = 0; i < followed.length; i++) now[followed[i]!] = r[rb + followed[i]!]!
    for (let turn = 0; turn < lag; turn++) {
      for (let i = 0; i < accesses.length; i++) {
        const { address, size } = accesses[i]!
        const at = windows.local(valueOf(address, now, 0), size)
        if (at < 0) return Math.min(turns, turn)
        places[turn * maxAccesses + i] = at
      }
      for (let i = 0; i < followed.length; i++) then[i] = valueOf(updates[i]!, now, 0)
      for (let i = 0; i < followed.length; i++) now[followed[i]!] = then[i]!
    }
    let most = turns
    for (let i = 0; i < accesses.length; i++) {
      const { address, size, step } = accesses[i]!
      const at = windows.local(valueOf(address, now, 0), size)
      if (at < 0 || (step & (windows.alignOf(size) - 1)) !== 0) return Math.min(most, lag)
      places[lag * maxAccesses + i] = at
      if (step === 0) continue
      const room = step > 0 ? windows.dmBytes - size - at : at
      const fits = lag + Math.floor(room / Math.abs(step)) + 1
      if (fits < most) most = fits
    }
    return most
  }

  private enter(core: number, unit: LoopUnit, turns: number): void {
    const { regs, dm } = this
    this.mark(core, unit.strides, turns)
    const offset = core * this.windows.dmBytes - this.windows.own
    this.cycles = unit.cycles
    this.bundles = unit.bundles
    unit.run(
      regs.r,
      core * words.r,
      regs.x.i32,
      core * words.x,
      regs.c,
      core * words.c,
      dm.i32,
      dm.i8,
      dm.u8,
      dm.i16,
      dm.u16,
      offset,
      turns,
    )
  }

  /** Marks what the turns store, once: steps of up to a page leave no page of their range out. */
  private mark(core: number, strides: Strides, turns: number): void {
    const { accesses, lag } = strides
    const { dm, places } = this
    const base = core * this.windows.dmBytes
    for (let i = 0; i < accesses.length; i++) {
      const { isStore, size, step } = accesses[i]!
      if (!isStore) continue
      for (let turn = 0; turn < lag && turn < turns; turn++) {
        const at = base + places[turn * maxAccesses + i]!
        dm.mark(at, at + size)
      }
      const rest = turns - lag
      if (rest <= 0) continue
      const at = base + places[lag * maxAccesses + i]!
      if (Math.abs(step) <= pageBytes) {
        const far = at + step * (rest - 1)
        dm.mark(at < far ? at : far, (at < far ? far : at) + size)
      } else for (let n = 0; n < rest; n++) dm.mark(at + n * step, at + n * step + size)
    }
  }

  private compile(core: number, start: number, end: number): LoopUnit | null {
    const body = this.bodyOf(core, start, end)
    if (!body) return null
    const strides = stridesOf(body.bundles)
    if (!strides || strides.accesses.length > maxAccesses) return null
    const rounding = this.regs.rounding[core]!
    const saturation = this.regs.saturation[core]!
    const text = loopSource(body.bundles, rounding, saturation)
    if (text === undefined) return null
    const run = this.known.get(text) ?? this.make(text)
    if (!run) return null
    this.known.set(text, run)
    const { cycles, lastStart } = body
    return { run, strides, cycles, lastStart, bundles: body.bundles.length, rounding, saturation }
  }

  private make(text: string): LoopFunction | undefined {
    try {
      const make = new Function(
        'S',
        'U',
        `return function(R,rb,X,xb,C,cb,W,B,U8,H,U16,o,n){\n${text}\n}`,
      )
      return make(srsLane, upsLane32) as LoopFunction
    } catch {
      // A page that forbids generated code keeps the interpreter.
      this.canGenerate = false
      return undefined
    }
  }

  private bodyOf(
    core: number,
    start: number,
    end: number,
  ): { bundles: LoopBundle[]; cycles: number; lastStart: number } | undefined {
    const out: LoopBundle[] = []
    let cycles = 0
    for (let pc = start; out.length < maxBundles;) {
      const index = this.programs.at(core, pc)
      if (index < 0) return undefined
      const { bundles, ops } = this.programs
      const count = bundles[index + B.count]!
      const first = bundles[index + B.first]!
      out.push({ ops: localOps(ops.slice(first, first + count * opStride), count, core), count })
      if (pc === end)
        return { bundles: out, cycles: cycles + bundles[index + B.cycles]!, lastStart: cycles }
      cycles += bundles[index + B.cycles]!
      pc = bundles[index + B.next]!
    }
    return undefined
  }
}

const classesOf: Partial<Record<number, string>> = {
  [Op.ld8]: 'rr',
  [Op.ldu8]: 'rr',
  [Op.ld16]: 'rr',
  [Op.ldu16]: 'rr',
  [Op.ld32]: 'rr',
  [Op.ldv16]: 'xr',
  [Op.ldv32]: 'xr',
  [Op.ldv64]: 'xr',
  [Op.ldc]: 'cr',
  [Op.ldm]: 'mr',
  [Op.vext]: 'rx',
  [Op.vins]: 'xxr',
  [Op.vselm]: 'xmxx',
  [Op.vselmp]: 'xmxx',
  [Op.vcmp]: 'mxx',
  [Op.vcmpp]: 'mmxx',
  [Op.mget]: 'rm',
  [Op.mput]: 'mmr',
  [Op.cmov]: 'cc',
  [Op.czero]: 'c',
  [Op.mmov]: 'mm',
  [Op.mzero]: 'm',
  [Op.mand]: 'mmm',
  [Op.mor]: 'mmm',
  [Op.mxor]: 'mmm',
  [Op.mnot]: 'mm',
  [Op.vmul32]: 'cxx',
  [Op.vmul64]: 'cxx',
  [Op.vmac32]: 'ccxx',
  [Op.vmac64]: 'ccxx',
  [Op.vmsc32]: 'ccxx',
  [Op.vmsc64]: 'ccxx',
  [Op.cadd32]: 'ccc',
  [Op.cadd64]: 'ccc',
  [Op.csub32]: 'ccc',
  [Op.csub64]: 'ccc',
  [Op.srs32]: 'xc',
  [Op.srs64]: 'xc',
  [Op.srsu32]: 'xc',
  [Op.srsp32]: 'xxc',
  [Op.srsp64]: 'xxc',
  [Op.ups32]: 'cx',
  [Op.ups64]: 'cx',
  [Op.cput]: 'ccc',
  [Op.cget]: 'cc',
}

/** Takes the core's first register index off every operand. */
function localOps(ops: Int32Array, count: number, core: number): Int32Array {
  const bases: Readonly<Record<string, number>> = {
    r: core * words.r,
    x: core * words.x,
    c: core * words.c,
    m: core * words.m,
  }
  for (let i = 0; i < count; i++) {
    const at = i * opStride
    const code = ops[at]!
    if (ops[at + F.vReg]! >= 0) ops[at + F.vReg]! -= bases['r']!
    if (ops[at + F.wReg]! >= 0) ops[at + F.wReg]! -= bases['r']!
    const classes =
      code < Op.ld8
        ? 'rrrr'
        : code >= Op.st8 && code <= Op.stm
          ? storeClasses(code)
          : (classesOf[code] ?? 'xxxx')
    const fields = code >= Op.st8 && code <= Op.stm ? [F.a, F.b] : [F.d, F.a, F.b, F.c]
    fields.forEach((field, k) => {
      if (k < classes.length) ops[at + field]! -= bases[classes[k]!]!
    })
  }
  return ops
}

function storeClasses(code: number): string {
  if (code <= Op.st32) return 'rr'
  return code === Op.stc ? 'cr' : code === Op.stm ? 'mr' : 'xr'
}
