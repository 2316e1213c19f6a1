/**
 * Generated code for hot hardware loops, and for hot straight runs of bundles, which are loops of
 * one turn.
 *
 * A loop qualifies when its body is straight, touches only registers and the core's own memory, and
 * every address comes to step by a constant per turn (`strides.ts`). Then the number of turns that
 * stay inside the memory is known before entering, and the generated code needs no checks. Whole
 * turns only; the interpreter runs what is cut by a horizon or a limit.
 */
import { banksBy, type BankRule } from '../../device/banks.ts'
import type { FlatMemory } from '../../sim/memory.ts'
import { pageBytes } from '../../sim/memory.ts'
import type { Tick } from '../../sim/scheduler.ts'
import { contestedAmong, waitsAmong } from './banking.ts'
import { B, Flag, opStride, words, type DecodedPrograms } from './decode.ts'
import { generatedPrefix, loopSource, packedSource, type LoopBundle } from './jit-source.ts'
import { localOps } from './local-ops.ts'
import { groupsOf, keyOf, type AccessGroup, type LoopBody } from './loop-body.ts'
import { Panels } from './panels.ts'
import { Recall, recallKey } from './recall.ts'
import type { Registers } from './registers.ts'
import { srsLane, upsLane32 } from './rounding.ts'
import { knownPrefix, maxLag, stridesOf, valueOf, type Strides } from './strides.ts'
import type { CorePorts } from './surroundings.ts'
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

/** The same with a panel of the core's memory, and the byte at which that begins. */
type PackedFunction = (...all: [...Parameters<LoopFunction>, P: Float64Array, po: number]) => void

/** A loop that reads its vectors from a panel. */
interface PackedLoop {
  readonly run: PackedFunction
  /** Most turns of one call. */
  readonly mostTurns: number
  readonly work: number
  /** Bytes of vectors that a turn reads. */
  readonly bytes: number
}

interface LoopUnit {
  readonly run: LoopFunction
  readonly packed: PackedLoop | undefined
  readonly strides: Strides
  /** Bundles that access memory, in order. */
  readonly groups: readonly AccessGroup[]
  /** True when some bundle has two accesses or more. */
  readonly hasPairs: boolean
  readonly cycles: number
  /** Start of the last bundle of a turn, in cycles from the start of the turn. */
  readonly lastStart: number
  readonly bundles: number
  /** Work of a turn in the scheduler's units. */
  readonly work: number
  /** Byte offset of the bundle behind the loop. */
  readonly after: number
  readonly rounding: number
  readonly saturation: number
  /** Byte offset of the last bundle. */
  readonly end: number
  /** The same loop under other modes. */
  readonly other?: LoopUnit
}

const maxBundles = 256
const maxAccesses = 64
/** Units of one loop for different modes. */
const maxVariants = 4
/** Statements of generated code that make up a unit of work. */
const statementsPerWork = 128

/** Fewest bundles of a straight run worth a function; an arrival at one counts as so many turns. */
const leastBundles = 2
/** Fewest bytes of an access to a vector. */
const leastVector = 16
/** Fewest turns that a packed loop is worth its beginning and end. */
const leastPacked = 4
const turnsPerArrival = 8

/**
 * Units by their code words, modes and place, for all cores and machines: a program loaded again
 * meets code that the engine has optimised already. Functions of their key alone, so nothing can
 * tell.
 */
const generated = new Map<string, LoopUnit | null>()
/** The same by program and place, for programs that are loaded again as they were. */
const recall = new Recall<LoopUnit>()
const maxGenerated = 2048

export class LoopCompiler {
  /** Cycles and bundles of one turn of the loop that ran last. */
  cycles = 0
  bundles = 0
  /** Work of one of its turns, and where the program goes on behind the loop. */
  work = 0
  after = 0
  /** Cycles that all turns together waited for banks, and when the last wait ended. */
  lost = 0
  stallEnd = 0
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
  /** The same for straight runs. */
  private readonly blocks: (LoopUnit | null | undefined)[][]
  private readonly blockHeat: Uint32Array[]
  /** What `recall` has for the program of each core, once somebody asked. */
  private readonly recalled: (Map<number, LoopUnit | null> | undefined)[]
  private canGenerate = true
  /** Followed registers at the start of a turn, and of the next one. Scratch, not state. */
  private readonly now = new Int32Array(words.r)
  private readonly then = new Int32Array(words.r)
  /** Byte offsets in the core's memory of the accesses of the first turns. Scratch, not state. */
  private readonly places = new Int32Array(maxAccesses * (maxLag + 1))
  private readonly rule: BankRule
  private readonly ports: CorePorts | undefined
  private readonly panels: Panels
  /** Banks of the accesses of a turn; waits of a turn: tick, cycles, banks. Scratch, not state. */
  private readonly banks = new Int32Array(maxAccesses)
  private readonly waitTick = new Float64Array(maxAccesses)
  private readonly waitLost = new Int32Array(maxAccesses)
  private readonly waitBanks = new Int32Array(maxAccesses)

  constructor(
    regs: Registers,
    dm: FlatMemory,
    windows: Windows,
    programs: DecodedPrograms,
    cores: number,
    pmBytes: number,
    hotTurns: number,
    rule: BankRule,
    ports: CorePorts | undefined,
  ) {
    this.rule = rule
    this.ports = ports
    this.panels = new Panels(dm, windows.dmBytes, cores)
    this.regs = regs
    this.dm = dm
    this.windows = windows
    this.programs = programs
    this.hotTurns = hotTurns
    this.recalled = Array.from({ length: cores }, () => undefined)
    this.heat = Array.from({ length: cores }, () => new Uint32Array(pmBytes >> 2))
    this.units = Array.from({ length: cores }, () => [])
    this.blockHeat = Array.from({ length: cores }, () => new Uint32Array(pmBytes >> 2))
    this.blocks = Array.from({ length: cores }, () => [])
  }

  /** Forgets the loops of a core. */
  drop(core: number): void {
    this.recalled[core] = undefined
    if (this.units[core]!.length > 0) {
      this.units[core] = []
      this.heat[core]!.fill(0)
    }
    if (this.blocks[core]!.length > 0) {
      this.blocks[core] = []
      this.blockHeat[core]!.fill(0)
    }
  }

  /**
   * Runs turns of the loop from byte `start` to byte `end` of which `left` are to come, the next
   * one starting at `tick`; all bundles start at or before `last`. `contested`: banks of the own
   * memory that others may use meanwhile. Gives the turns run.
   */
  run(
    core: number,
    start: number,
    end: number,
    left: number,
    tick: Tick,
    last: Tick,
    contested: number,
  ): number {
    const word = start >>> 2
    const unit = this.unitOf(core, word, start, end, left === 1)
    if (unit === null) return 0
    let turns =
      last === Infinity ? left : Math.floor((last - tick - unit.lastStart) / unit.cycles) + 1
    if (turns > left) turns = left
    if (turns > 0) turns = this.inside(core, unit.strides, turns)
    if (turns > 0) turns = this.settle(core, unit, turns, tick, last, contested)
    if (turns < 1) return 0
    this.enter(core, unit, turns)
    return turns
  }

  /**
   * Runs the straight run of bundles at byte `start` if all of them start at or before `last`,
   * touch only own memory, and do not hold the end `loopEnd` of a loop under way (−1 for none).
   */
  runBlock(
    core: number,
    start: number,
    loopEnd: number,
    tick: Tick,
    last: Tick,
    contested: number,
  ): boolean {
    const word = start >>> 2
    let unit = this.blocks[core]![word]
    if (unit === null) return false
    if (unit === undefined) {
      unit = this.recall(core, start, -1)
      if (unit === undefined) {
        if (!this.warm(this.blockHeat[core]!, word, turnsPerArrival)) return false
        unit = this.remember(core, start, -1, this.compileBlock(core, start))
      }
      this.blocks[core]![word] = unit
      if (!unit) return false
    }
    if (
      tick + unit.lastStart > last ||
      (loopEnd >= start && loopEnd <= unit.end) ||
      unit.rounding !== this.regs.rounding[core] ||
      unit.saturation !== this.regs.saturation[core] ||
      this.inside(core, unit.strides, 1) < 1 ||
      this.settle(core, unit, 1, tick, last, contested) < 1
    )
      return false
    this.enter(core, unit, 1)
    return true
  }

  /** The unit for the loop at a word under the present modes, or null. */
  private unitOf(
    core: number,
    word: number,
    start: number,
    end: number,
    isShort: boolean,
  ): LoopUnit | null {
    const known = this.units[core]![word]
    if (known === null) return null
    if (known === undefined) {
      let unit = this.recall(core, start, end)
      if (unit === undefined) {
        if (!this.warm(this.heat[core]!, word, isShort ? turnsPerArrival : 1)) return null
        unit = this.remember(core, start, end, this.compile(core, start, end))
      }
      this.units[core]![word] = unit
      return unit
    }
    const rounding = this.regs.rounding[core]
    const saturation = this.regs.saturation[core]
    let variants = 0
    for (let unit: LoopUnit | undefined = known; unit !== undefined; unit = unit.other) {
      if (unit.end === end && unit.rounding === rounding && unit.saturation === saturation)
        return unit
      variants++
    }
    if (variants === maxVariants) return null
    let made = this.recall(core, start, end)
    if (made === undefined) made = this.remember(core, start, end, this.compile(core, start, end))
    if (made) this.units[core]![word] = { ...made, other: known }
    return made
  }

  /** What is known under the present modes of code of a core's program; undefined: nothing yet. */
  private recall(core: number, start: number, end: number): LoopUnit | null | undefined {
    const { programs, regs } = this
    const units = (this.recalled[core] ??= recall.of(programs.codeOf(core), programs.facts))
    return units.get(recallKey(start, end, regs.rounding[core]!, regs.saturation[core]!))
  }

  private remember(
    core: number,
    start: number,
    end: number,
    unit: LoopUnit | null,
  ): LoopUnit | null {
    const { rounding, saturation } = this.regs
    if (!this.canGenerate) return unit
    this.recalled[core]!.set(recallKey(start, end, rounding[core]!, saturation[core]!), unit)
    return unit
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

  /**
   * How many of `turns` turns from `tick` on start all their bundles at or before `last` when they
   * wait for banks as they must. Leaves the cycles lost. Nothing is computed where no two accesses
   * can meet.
   */
  private settle(
    core: number,
    unit: LoopUnit,
    turns: number,
    tick: Tick,
    last: Tick,
    contested: number,
  ): number {
    this.lost = 0
    const meets = contested !== 0 && (contested & this.reach(unit, turns)) !== 0
    if (!meets && !(unit.hasPairs && this.pairsMeet(unit, turns))) return turns
    let at = tick
    for (let turn = 0; turn < turns; turn++) {
      const waited = this.settleTurn(core, unit, turn, at, last, meets)
      if (waited < 0) return turn
      this.lost += waited
      at += unit.cycles + waited
    }
    return turns
  }

  /** Cycles that one turn from `tick` on waits, or −1 when it does not end by `last`. */
  private settleTurn(
    core: number,
    unit: LoopUnit,
    turn: number,
    tick: Tick,
    last: Tick,
    meets: boolean,
  ): number {
    const { banks, ports, waitTick, waitLost, waitBanks } = this
    const { groups, lastStart } = unit
    let waited = 0
    let waits = 0
    let beforeLast = 0
    if (meets) ports!.save(core)
    for (let g = 0; g < groups.length; g++) {
      const { first, count, start } = groups[g]!
      if (start === lastStart) beforeLast = waited
      if (!meets && count < 2) continue
      this.banksOf(unit, first, count, turn)
      const from = tick + start + waited
      const lost = meets
        ? ports!.serve(core, from, banks, first, count, last)
        : waitsAmong(banks, first, count)
      if (lost < 0) return this.takeBack(core)
      if (lost === 0) continue
      waitTick[waits] = from
      waitLost[waits] = lost
      waitBanks[waits++] = meets ? 0 : contestedAmong(banks, first, count)
      waited += lost
    }
    if (groups.at(-1)!.start !== lastStart) beforeLast = waited
    if (tick + lastStart + beforeLast > last) return meets ? this.takeBack(core) : -1
    if (meets) ports!.flush()
    for (let i = 0; i < waits; i++) {
      this.stallEnd = waitTick[i]! + waitLost[i]!
      if (!meets) ports?.lost(core, core, waitTick[i]!, waitLost[i]!, waitBanks[i]!)
    }
    return waited
  }

  /** What a turn that does not run has asked of the banks did not happen. */
  private takeBack(core: number): number {
    this.ports!.restore(core)
    return -1
  }

  /** Finds the banks of some accesses in a turn, by what `inside` left. */
  private banksOf(unit: LoopUnit, first: number, count: number, turn: number): void {
    const { accesses, lag } = unit.strides
    const { places, banks, rule } = this
    const row = (turn < lag ? turn : lag) * maxAccesses
    const steady = turn > lag ? turn - lag : 0
    for (let i = first; i < first + count; i++) {
      const { size, step } = accesses[i]!
      banks[i] = banksBy(rule, places[row + i]! + steady * step, size)
    }
  }

  /** Banks that access `i` may use in the turns: whole groups of interleaved banks. */
  private reachOf(unit: LoopUnit, i: number, turns: number): number {
    const { accesses, lag } = unit.strides
    const { places, rule } = this
    const { size, step } = accesses[i]!
    let low = places[i]!
    let high = low
    for (let turn = 1; turn < turns && turn <= lag; turn++) {
      const at = places[turn * maxAccesses + i]!
      if (at < low) low = at
      if (at > high) high = at
    }
    if (turns > lag + 1) {
      const at = places[lag * maxAccesses + i]! + (turns - 1 - lag) * step
      if (at < low) low = at
      if (at > high) high = at
    }
    const firstBank = (low >> rule.groupShift) << rule.perGroupShift
    const endBank = (((high + size - 1) >> rule.groupShift) + 1) << rule.perGroupShift
    return (2 ** endBank - 2 ** firstBank) | 0
  }

  private reach(unit: LoopUnit, turns: number): number {
    let banks = 0
    for (let i = 0; i < unit.strides.accesses.length; i++) banks |= this.reachOf(unit, i, turns)
    return banks
  }

  /** False when the accesses of every bundle stay in different groups of banks. */
  private pairsMeet(unit: LoopUnit, turns: number): boolean {
    for (let g = 0; g < unit.groups.length; g++) {
      const { first, count } = unit.groups[g]!
      if (count < 2) continue
      let taken = 0
      for (let i = first; i < first + count; i++) {
        const banks = this.reachOf(unit, i, turns)
        if ((taken & banks) !== 0) return true
        taken |= banks
      }
    }
    return false
  }

  private enter(core: number, unit: LoopUnit, turns: number): void {
    const { regs, dm } = this
    this.mark(core, unit.strides, turns)
    if (unit.packed !== undefined && turns >= leastPacked && this.prepare(core, unit, turns))
      return this.enterPacked(core, unit, unit.packed, turns)
    const offset = core * this.windows.dmBytes - this.windows.own
    this.cycles = unit.cycles
    this.bundles = unit.bundles
    this.work = unit.work
    this.after = unit.after
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

  private enterPacked(core: number, unit: LoopUnit, packed: PackedLoop, turns: number): void {
    const { regs, dm, panels } = this
    const base = core * this.windows.dmBytes
    this.cycles = unit.cycles
    this.bundles = unit.bundles
    this.work = packed.work
    this.after = unit.after
    for (let left = turns; left > 0; left -= packed.mostTurns) {
      packed.run(
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
        base - this.windows.own,
        Math.min(left, packed.mostTurns),
        panels.of(core),
        base,
      )
    }
  }

  /** Brings the panel of a core up to date where the turns read it; false when that is no gain. */
  private prepare(core: number, unit: LoopUnit, turns: number): boolean {
    const { panels, places } = this
    const { accesses, lag } = unit.strides
    panels.begin(core)
    for (let i = 0; i < accesses.length; i++) {
      const { size, step } = accesses[i]!
      if (size < leastVector) continue
      for (let turn = 0; turn < lag && turn < turns; turn++) {
        const at = places[turn * maxAccesses + i]!
        panels.need(at, at + size)
      }
      const at = places[lag * maxAccesses + i]!
      const rest = turns - lag
      if (Math.abs(step) > pageBytes) {
        for (let n = 0; n < rest; n++) panels.need(at + n * step, at + n * step + size)
      } else if (rest > 0) {
        const far = at + step * (rest - 1)
        panels.need(at < far ? at : far, (at < far ? far : at) + size)
      }
    }
    return panels.ready(core, turns * unit.packed!.bytes)
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

  /** Counts an arrival; true once the code is worth generating. */
  private warm(heat: Uint32Array, word: number, weight: number): boolean {
    if (!this.canGenerate) return false
    heat[word]! += weight
    return heat[word]! >= this.hotTurns
  }

  private compile(core: number, start: number, end: number): LoopUnit | null {
    const body = this.bodyOf(core, start, end)
    return body && body.end === end ? this.unitFor(core, start, body) : null
  }

  /** The longest run of bundles from `start` that qualifies, if it is worth it. */
  private compileBlock(core: number, start: number): LoopUnit | null {
    const whole = this.bodyOf(core, start, -1)
    if (!whole) return null
    const rounding = this.regs.rounding[core]!
    const saturation = this.regs.saturation[core]!
    const key = `block ${keyOf(start, whole, rounding, saturation)}`
    const cached = generated.get(key)
    if (cached !== undefined) return cached
    const known = whole.bundles.slice(0, knownPrefix(whole.bundles))
    const count = generatedPrefix(known, rounding, saturation)
    if (count < leastBundles) return this.keep(key, null)
    const body = this.bodyOf(core, start, whole.places[count - 1]!)
    return this.keep(key, body ? this.generate(body, rounding, saturation) : null)
  }

  private unitFor(core: number, start: number, body: LoopBody): LoopUnit | null {
    const rounding = this.regs.rounding[core]!
    const saturation = this.regs.saturation[core]!
    const key = keyOf(start, body, rounding, saturation)
    const known = generated.get(key)
    if (known !== undefined) return known
    return this.keep(key, this.generate(body, rounding, saturation))
  }

  private keep(key: string, unit: LoopUnit | null): LoopUnit | null {
    if (generated.size >= maxGenerated) generated.clear()
    if (this.canGenerate) generated.set(key, unit)
    return unit
  }

  private generate(body: LoopBody, rounding: number, saturation: number): LoopUnit | null {
    const strides = stridesOf(body.bundles)
    if (!strides || strides.accesses.length > maxAccesses) return null
    const source = loopSource(body.bundles, rounding, saturation)
    if (source === undefined) return null
    const { text, statements } = source
    const run = this.make(text, '') as LoopFunction | undefined
    if (!run) return null
    const packed = this.pack(body, strides, rounding, saturation)
    const { cycles, lastStart, after, end } = body
    const bundles = body.bundles.length
    const work = (bundles + statements) / statementsPerWork
    const groups = groupsOf(body)
    const hasPairs = groups.some((group) => group.count > 1)
    const timing = { cycles, lastStart, bundles, work, groups, hasPairs }
    return { run, packed, strides, ...timing, after, rounding, saturation, end }
  }

  /** The same loop with its vectors from a panel, if it is one that can be. */
  private pack(
    body: LoopBody,
    strides: Strides,
    rounding: number,
    saturation: number,
  ): PackedLoop | undefined {
    const source = packedSource(body.bundles, rounding, saturation)
    if (source === undefined || source.mostTurns < leastPacked) return undefined
    const run = this.make(source.text, ',P,po') as PackedFunction | undefined
    if (!run) return undefined
    const work = (body.bundles.length + source.statements) / statementsPerWork
    const bytes = strides.accesses.reduce((sum, a) => sum + (a.size < leastVector ? 0 : a.size), 0)
    return { run, mostTurns: source.mostTurns, work, bytes }
  }

  private make(text: string, more: string): unknown {
    try {
      const make = new Function(
        'S',
        'U',
        `return function(R,rb,X,xb,C,cb,W,B,U8,H,U16,o,n${more}){\n${text}\n}`,
      )
      return make(srsLane, upsLane32)
    } catch {
      // A page that forbids generated code keeps the interpreter.
      this.canGenerate = false
      return undefined
    }
  }

  /** The bundles from `start` to `end`, or to the last before one that others see or that jumps. */
  private bodyOf(core: number, start: number, end: number): LoopBody | undefined {
    const body: LoopBundle[] = []
    const places: number[] = []
    const starts: number[] = []
    let cycles = 0
    let lastStart = 0
    let pc = start
    while (body.length < maxBundles) {
      const index = this.programs.at(core, pc)
      if (index < 0) break
      const { bundles, ops } = this.programs
      const count = bundles[index + B.count]!
      const first = bundles[index + B.first]!
      const own = localOps(ops.slice(first, first + count * opStride), count, core)
      if ((bundles[index + B.flags]! & (Flag.interaction | Flag.control)) !== 0) break
      body.push({ ops: own, count })
      places.push(pc)
      starts.push(cycles)
      lastStart = cycles
      cycles += bundles[index + B.cycles]!
      pc = bundles[index + B.next]!
      if (places.at(-1) === end) break
    }
    const last = places.at(-1)
    return last === undefined
      ? undefined
      : { bundles: body, places, starts, cycles, lastStart, end: last, after: pc }
  }
}
