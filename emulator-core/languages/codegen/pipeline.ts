/**
 * Software pipelining: hardware loops whose turns overlap.
 *
 *     before ─▶ [ plain turns ] ─▶ start-up ─▶ ┌ kernel ┐ ─▶ run-down ─▶ after
 *                                              └────────┘
 *
 * A value that lives longer than the interval gets several registers, used in turn; the kernel
 * holds as many turns as it takes to come round. A loop whose turn count is known at run time only
 * gets a guard.
 */
import { Op, type RegisterClass } from '../../device/abi/core-isa.ts'
import type { CoreFacts } from '../../device/core-facts.ts'
import { registerLimits } from './allocate.ts'
import { loopsOf, preheader } from './cfg.ts'
import {
  accessBits,
  effectOrder,
  isOrdered,
  isSync,
  readAfter,
  settleCycles,
  type Dependence,
} from './depend.ts'
import { baseOperand, keepOldParams } from './destruct.ts'
import { liveness } from './liveness.ts'
import {
  eachDef,
  eachUse,
  edgesOf,
  isReg,
  newReg,
  reg,
  specOf,
  type Arg,
  type Edge,
  type MBlock,
  type MEnd,
  type MFunction,
  type MOp,
} from './mir.ts'
import { moduloSchedule, type ModuloSchedule } from './modulo.ts'
import { definitions } from './optimise.ts'
import { scheduleBlock } from './schedule.ts'

const maxOps = 96
const maxStages = 24
const maxRounds = 8

/** Which loops may overlap their turns: all, those whose source asks for it, none. */
export type PipelinePolicy = 'always' | 'hinted' | 'never'

/** Overlaps the turns of the hardware loops that may, where that is legal and gains. */
export function pipelineLoops(fn: MFunction, facts: CoreFacts, policy: PipelinePolicy): void {
  if (policy === 'never') return
  for (const loop of loopsOf(fn)) {
    const { end, hint } = fn.blocks[loop.header]!
    const mayOverlap = policy === 'hinted' ? hint?.pipeline === true : hint?.pipeline !== false
    if (end.kind !== 'repeat' || loop.blocks.size !== 1 || !mayOverlap) continue
    pipelineLoop(fn, loop.header, facts)
  }
}

/** A value of an earlier turn: the operation that makes it and how many turns ago. */
interface Source {
  readonly op: number
  readonly register: number
  readonly distance: number
}

interface Body {
  readonly ops: readonly MOp[]
  /** Which operation of the body writes a register. */
  readonly writer: ReadonlyMap<number, number>
  /** What a parameter holds; parameters that hold something else are not in it. */
  readonly carried: ReadonlyMap<number, Source>
}

function pipelineLoop(fn: MFunction, b: number, facts: CoreFacts): void {
  keepOldParams(fn, b)
  const block = fn.blocks[b]!
  const end = block.end
  if (end.kind !== 'repeat' || block.ops.length === 0 || block.ops.length > maxOps) return
  if (
    block.ops.some(
      (op) => isSync(op) || op.code === Op.cycles || op.code === Op.setrnd || op.code === Op.setsat,
    )
  )
    return
  const loop = loopsOf(fn).find((l) => l.header === b)!
  const before = preheader(fn, loop)
  const enter = fn.blocks[before]!.end
  if (enter.kind !== 'enter') return
  const body = bodyOf(block, end.to)
  if (!body || !initialValues(block, enter.to, body)) return
  const edges = bodyEdges(fn, block, body, enter.to, facts)
  const plain = scheduleBlock({ ...block, params: [] }, facts, false).length
  let versions: Versions | undefined
  const schedule = moduloSchedule(block.ops, edges, plain, facts, (s) => {
    if (s.stages > maxStages) return false
    versions = versionsOf(body, s)
    return (
      versions.rounds <= maxRounds &&
      fitsRegisters(fn, body, versions, facts) &&
      startsApart(body, versions)
    )
  })
  if (!schedule || !versions) return
  const turns = enter.count
  if (!isReg(turns) && turns >>> 0 < schedule.stages - 1 + versions.rounds) return
  new Rewriter(fn, b, before, body, schedule, versions, facts).run()
}

/**
 * Where parameters get their values from; undefined when one gets something else than a value of
 * the body.
 */
function bodyOf(block: MBlock, back: Edge): Body | undefined {
  const writer = new Map<number, number>()
  block.ops.forEach((op, i) => eachDef(op, (r) => writer.set(r, i)))
  const carried = new Map<number, Source>()
  for (const param of block.params) {
    let arg: Arg = back.args[block.params.indexOf(param)]!
    let distance = 1
    while (isReg(arg) && block.params.includes(arg.reg)) {
      if (++distance > 4) return undefined
      arg = back.args[block.params.indexOf(arg.reg)]!
    }
    if (!isReg(arg)) return undefined
    const op = writer.get(arg.reg)
    if (op === undefined) return undefined
    carried.set(param, { op, register: arg.reg, distance })
  }
  return { ops: block.ops, writer, carried }
}

/** First values by register and how many turns before the first; undefined when two disagree. */
function initialValues(block: MBlock, enter: Edge, body: Body): Map<string, Arg> | undefined {
  const out = new Map<string, Arg>()
  for (const [i, param] of block.params.entries()) {
    const source = body.carried.get(param)!
    const key = `${source.register} ${source.distance}`
    const arg = enter.args[i]!
    const known = out.get(key)
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(arg)) return undefined
    out.set(key, arg)
  }
  return out
}

/**
 * What an operand of the body reads: a value of this turn, of an earlier one, or something from
 * outside.
 */
function sourceOf(body: Body, register: number): Source | undefined {
  const op = body.writer.get(register)
  return op === undefined ? body.carried.get(register) : { op, register, distance: 0 }
}

function bodyEdges(
  fn: MFunction,
  block: MBlock,
  body: Body,
  enter: Edge,
  facts: CoreFacts,
): Dependence[] {
  const out: Dependence[] = []
  body.ops.forEach((op, to) => {
    eachUse(op, (r) => {
      const source = sourceOf(body, r)
      if (!source) return
      const from = body.ops[source.op]!
      out.push({
        from: source.op,
        to,
        cycles: readAfter(from, op, source.register, facts),
        distance: source.distance,
      })
    })
  })
  const ordered = body.ops.flatMap((op, i) => (isOrdered(op) ? [i] : []))
  const places = addresses(fn, block, body, enter)
  for (const a of ordered) {
    for (const b of ordered) {
      const first = a < b ? 0 : 1
      const [x, y] = [body.ops[a]!, body.ops[b]!]
      const cycles = effectOrder(x, y, false, facts)
      if (cycles === undefined) continue
      const distance = meet(x, y, places[a], places[b], first)
      if (distance !== undefined) out.push({ from: a, to: b, cycles, distance })
    }
  }
  return out
}

/** An address as a root plus a constant plus a step per turn. */
interface Place {
  readonly root: number
  readonly offset: number
  readonly step: number
}

function addresses(fn: MFunction, block: MBlock, body: Body, enter: Edge): (Place | undefined)[] {
  const defs = definitions(fn)
  const rootOf = (arg: Arg): { root: number; offset: number } => {
    let offset = 0
    let at = arg
    for (let i = 0; i < 16 && isReg(at); i++) {
      const op: MOp | undefined = defs[at.reg]
      if (op?.code === Op.movi && !isReg(op.args[1]!))
        return { root: -1, offset: offset + op.args[1] }
      if (op?.code !== Op.add || isReg(op.args[2]!)) break
      offset += op.args[2]
      at = op.args[1]!
    }
    return isReg(at) ? { root: at.reg, offset } : { root: -1, offset: offset + at }
  }
  return body.ops.map((op) => {
    const i = baseOperand(op)
    if (i < 0) return undefined
    const base = op.args[i]!
    const hasFlag = specOf(op).operands[i + 1]!.kind === 'w'
    const by = op.args[hasFlag ? i + 2 : i + 1]!
    if (!isReg(base) || isReg(by)) return undefined
    const own = op.post === undefined ? by : 0
    const index = block.params.indexOf(base.reg)
    if (index < 0) {
      if (body.writer.has(base.reg)) return undefined
      const { root, offset } = rootOf(base)
      return { root, offset: offset + own, step: 0 }
    }
    const source = body.carried.get(base.reg)!
    const step =
      source.distance === 1 ? stepOf(body.ops[source.op]!, source.register, base.reg) : undefined
    if (step === undefined) return undefined
    const { root, offset } = rootOf(enter.args[index]!)
    return { root, offset: offset + own, step }
  })
}

/** How far `register` is ahead of `base`, when the operation just steps it. */
function stepOf(op: MOp, register: number, base: number): number | undefined {
  const i = baseOperand(op)
  if (op.post === register && i >= 0) {
    const [from, by] = [op.args[i]!, op.args[i + 2]!]
    return isReg(from) && from.reg === base && !isReg(by) ? by : undefined
  }
  if (op.code !== Op.add || isReg(op.args[2]!)) return undefined
  const from = op.args[1]!
  return isReg(from) && from.reg === base ? op.args[2] : undefined
}

const farApart = 64

/**
 * After how many turns (at least `first`) `y` may touch what `x` touched; undefined when never or
 * too late to matter.
 */
function meet(
  x: MOp,
  y: MOp,
  a: Place | undefined,
  b: Place | undefined,
  first: number,
): number | undefined {
  if (!a || !b || a.root !== b.root || a.step !== b.step) return first
  const [sizeA, sizeB] = [accessBits(x) / 8, accessBits(y) / 8]
  for (let d = first; d <= farApart; d++) {
    const at = b.offset + d * b.step
    if (at < a.offset + sizeA && a.offset < at + sizeB) return d
  }
  return undefined
}

interface Versions {
  /** Registers per value of the body. */
  readonly count: ReadonlyMap<number, number>
  /** Turns in the kernel. */
  readonly rounds: number
}

function versionsOf(body: Body, schedule: ModuloSchedule): Versions {
  const { interval, start } = schedule
  const last = new Map<number, { at: number; isOwn: boolean }>()
  body.ops.forEach((op, i) => {
    eachUse(op, (r) => {
      const source = sourceOf(body, r)
      if (!source) return
      const at = start[i]! + source.distance * interval
      const known = last.get(source.register)
      const isOwn = source.op === i
      if (!known || at > known.at) last.set(source.register, { at, isOwn })
      else if (at === known.at) known.isOwn &&= isOwn
    })
  })
  const count = new Map<number, number>()
  let rounds = 1
  for (const [register, op] of body.writer) {
    const use = last.get(register)
    const life = use ? use.at - start[op]! : 0
    let needed = Math.floor(life / interval) + 1
    if (use?.isOwn && life > 0 && life % interval === 0) needed = life / interval
    let versions = 1
    while (versions < needed) versions *= 2
    count.set(register, versions)
    rounds = Math.max(rounds, versions)
  }
  return { count, rounds }
}

/** A first estimate; allocation has the last word. */
function fitsRegisters(fn: MFunction, body: Body, versions: Versions, facts: CoreFacts): boolean {
  const limits = registerLimits(facts)
  const need: Record<RegisterClass, number> = { r: 0, x: 0, c: 0, m: 0 }
  const outside = new Set<number>()
  for (const [register, count] of versions.count) need[fn.classes[register]!] += count
  for (const op of body.ops) eachUse(op, (r) => void (sourceOf(body, r) || outside.add(r)))
  for (const r of outside) need[fn.classes[r]!]++
  return need.r <= limits.r - 4 && need.x <= limits.x && need.c <= limits.c && need.m <= limits.m
}

/** First values that are different must go to different registers. */
function startsApart(body: Body, versions: Versions): boolean {
  const seen = new Map<string, number>()
  for (const { register, distance } of body.carried.values()) {
    const count = versions.count.get(register)!
    const key = `${register} ${((-distance % count) + count) % count}`
    if ((seen.get(key) ?? distance) !== distance) return false
    seen.set(key, distance)
  }
  return true
}

/** Writes the blocks of one pipelined loop. */
class Rewriter {
  private readonly fn: MFunction
  private readonly b: number
  private readonly before: number
  private readonly body: Body
  private readonly schedule: ModuloSchedule
  private readonly versions: Versions
  private readonly facts: CoreFacts
  private readonly registers = new Map<number, number[]>()

  constructor(
    fn: MFunction,
    b: number,
    before: number,
    body: Body,
    schedule: ModuloSchedule,
    versions: Versions,
    facts: CoreFacts,
  ) {
    this.fn = fn
    this.b = b
    this.before = before
    this.body = body
    this.schedule = schedule
    this.versions = versions
    this.facts = facts
  }

  run(): void {
    const { fn } = this
    const block = fn.blocks[this.b]!
    const end = block.end as MEnd & { kind: 'repeat' }
    const first = fn.blocks[this.before]!
    const enter = first.end as MEnd & { kind: 'enter' }
    const outs = this.liveOut(end.exit)
    for (const [register, count] of this.versions.count) {
      const made = Array.from({ length: count }, () => newReg(fn, fn.classes[register]!))
      this.registers.set(register, made)
    }
    const counts = this.turnCounts(first, enter.count)
    const after = this.joinOutside(end.exit, outs)
    // The values with which the overlapped turns start: those of the loop, or what plain turns
    // left.
    const joinParams = block.params.map((p) => newReg(fn, fn.classes[p]!))
    // Only a turn count of run time can leave the loop without overlapped turns.
    const early = isReg(enter.count) ? outs : []
    const outParams = early.map((r) => newReg(fn, fn.classes[r]!))
    const join = this.addBlock([...joinParams, ...outParams], block)
    const pipe = this.addPipe(block, outs, after)
    const toPipe = { to: pipe.block, args: pipe.inits.map((i) => reg(joinParams[i]!)) }
    const at = end.at
    if (typeof counts.rounds === 'number') fn.blocks[join]!.end = { kind: 'jump', to: toPipe, at }
    else {
      const skip = { to: after, args: outParams.map(reg) }
      fn.blocks[join]!.end = { kind: 'branch', on: counts.rounds, then: toPipe, else: skip, at }
    }
    pipe.enter.count = counts.rounds
    this.enterLoop(first, enter, counts.plain, join, early)
    end.exit = { to: join, args: [...end.to.args, ...early.map(reg)] }
  }

  /** Registers of the body that are read after the loop. */
  private liveOut(exit: Edge): number[] {
    const { liveIn } = liveness(this.fn)
    const out = new Set<number>()
    for (const r of this.body.writer.keys()) if (liveIn[exit.to]!.has(r)) out.add(r)
    for (const a of exit.args) if (isReg(a) && this.body.writer.has(a.reg)) out.add(a.reg)
    return [...out]
  }

  /** A block between the loop and what follows, with one parameter per value that is read there. */
  private joinOutside(exit: Edge, outs: readonly number[]): number {
    const { fn } = this
    const params = outs.map((r) => newReg(fn, fn.classes[r]!))
    const map = (a: Arg): Arg =>
      isReg(a) && outs.includes(a.reg) ? reg(params[outs.indexOf(a.reg)]!) : a
    const from = fn.blocks[this.b]!
    fn.blocks.forEach((block, i) => {
      if (i === this.b) return
      for (const op of block.ops)
        op.args = op.args.map((a, k) => (specOf(op).operands[k]!.isDef ? a : map(a)))
      const end = block.end
      if (end.kind === 'branch') end.on = map(end.on)
      if (end.kind === 'enter') end.count = map(end.count)
      for (const edge of edgesOf(end)) edge.args = edge.args.map(map)
    })
    const after = this.addBlock(params, from)
    fn.blocks[after]!.end = {
      kind: 'jump',
      to: { to: exit.to, args: exit.args.map(map) },
      at: from.end.at,
    }
    return after
  }

  private addBlock(params: number[], like: MBlock): number {
    this.fn.blocks.push({
      params,
      ops: [],
      end: { kind: 'done', at: like.end.at },
      symbol: like.symbol,
    })
    return this.fn.blocks.length - 1
  }

  /** Plain turns and kernel rounds for a number of turns. */
  private turnCounts(first: MBlock, turns: Arg): { plain: Arg; rounds: Arg } {
    const { rounds } = this.versions
    const lead = this.schedule.stages - 1
    if (!isReg(turns)) {
      const passes = (turns >>> 0) - lead
      return { plain: passes % rounds, rounds: Math.floor(passes / rounds) }
    }
    const at = { at: first.end.at, symbol: first.symbol, scope: 0 }
    const make = (code: number, ...args: Arg[]): Arg => {
      const result = reg(newReg(this.fn, 'r'))
      first.ops.push({ code, args: [result, ...args], ...at })
      return result
    }
    const enough = make(Op.geu, turns, lead + rounds)
    const passes = make(Op.add, turns, -lead)
    const rest = rounds > 1 ? make(Op.and, passes, rounds - 1) : make(Op.movi, 0)
    const plain = make(Op.sel, enough, rest, turns)
    const whole = rounds > 1 ? make(Op.lsr, passes, 31 - Math.clz32(rounds)) : passes
    return { plain, rounds: make(Op.sel, enough, whole, make(Op.movi, 0)) }
  }

  /** From the code before the loop into the plain loop when it has turns, else past it. */
  private enterLoop(
    first: MBlock,
    enter: MEnd & { kind: 'enter' },
    plain: Arg,
    join: number,
    outs: readonly number[],
  ): void {
    const { fn } = this
    if (!isReg(plain) && plain !== 0) {
      enter.count = plain
      return
    }
    const nothing = outs.map((r) => {
      const value = reg(newReg(fn, fn.classes[r]!))
      const kind = fn.classes[r]!
      const code = { r: Op.movi, x: Op.vzero, c: Op.czero, m: Op.mzero }[kind]
      const args: Arg[] = kind === 'r' ? [value, 0] : [value]
      first.ops.push({ code, args, at: enter.at, symbol: first.symbol, scope: 0 })
      return value
    })
    const past = { to: join, args: [...enter.to.args, ...nothing] }
    if (plain === 0) {
      first.end = { kind: 'jump', to: past, at: enter.at }
      return
    }
    enter.count = plain
    if (!isReg(plain)) return
    const gate = this.addBlock([], first)
    fn.blocks[gate]!.end = enter
    first.end = {
      kind: 'branch',
      on: plain,
      then: { to: gate, args: [] },
      else: past,
      at: enter.at,
    }
  }

  /** The register that holds `register` in turn `turn`. */
  private version(register: number, turn: number): number {
    const made = this.registers.get(register)!
    return made[((turn % made.length) + made.length) % made.length]!
  }

  /** Start-up, kernel and run-down. Gives the start-up block and which loop parameters it takes. */
  private addPipe(
    block: MBlock,
    outs: readonly number[],
    after: number,
  ): { block: number; inits: number[]; enter: MEnd & { kind: 'enter' } } {
    const { fn, schedule } = this
    const { interval, stages } = schedule
    const { rounds } = this.versions
    const inits: number[] = []
    const params: number[] = []
    block.params.forEach((p, i) => {
      const source = this.body.carried.get(p)!
      const register = this.version(source.register, -source.distance)
      if (params.includes(register)) return
      params.push(register)
      inits.push(i)
    })
    const lead = (stages - 1) * interval
    const startUp = this.addBlock(params, block)
    const kernel = this.addBlock([], block)
    const runDown = this.addBlock([], block)
    const leave = this.addBlock([], block)
    const at = block.end.at
    const enter: MEnd & { kind: 'enter' } = {
      kind: 'enter',
      count: 0,
      to: { to: kernel, args: [] },
      at,
    }
    this.fill(startUp, 0, lead, () => true)
    fn.blocks[startUp]!.end = enter
    this.fill(kernel, lead, lead + rounds * interval, () => true)
    fn.blocks[kernel]!.end = {
      kind: 'repeat',
      to: { to: kernel, args: [] },
      exit: { to: runDown, args: [] },
      at,
    }
    // Behind a whole number of rounds the registers stand as they do behind none: turns count from
    // there.
    this.fill(runDown, lead, 2 * lead, (turn) => turn < stages - 1)
    this.land(fn.blocks[runDown]!)
    fn.blocks[runDown]!.end = { kind: 'jump', to: { to: leave, args: [] }, at }
    const args = outs.map((r) => reg(this.version(r, stages - 2)))
    fn.blocks[leave]!.end = { kind: 'jump', to: { to: after, args }, at }
    return { block: startUp, inits, enter }
  }

  /**
   * Puts the operations that start at cycles `[from, to)`, counted from the first turn, into a
   * block.
   */
  private fill(b: number, from: number, to: number, isWanted: (turn: number) => boolean): void {
    const block = this.fn.blocks[b]!
    const { start, interval } = this.schedule
    const cycles: MOp[][] = Array.from({ length: to - from }, () => [])
    this.body.ops.forEach((op, i) => {
      const first = Math.max(0, Math.ceil((from - start[i]!) / interval))
      for (let turn = first; start[i]! + turn * interval < to; turn++) {
        if (isWanted(turn)) cycles[start[i]! + turn * interval - from]!.push(this.copy(op, turn))
      }
    })
    block.cycles = cycles
    block.ops = cycles.flat()
    block.length = cycles.length
  }

  /** Lets everything arrive before the block ends. */
  private land(block: MBlock): void {
    const cycles = block.cycles!
    while (cycles.length > 0 && cycles[cycles.length - 1]!.length === 0) cycles.pop()
    // What the last round of the kernel started must have arrived as well.
    let length = cycles.length
    const { start, interval, stages } = this.schedule
    this.body.ops.forEach((op, i) => {
      const last = start[i]! + (stages - 2) * interval - (stages - 1) * interval
      length = Math.max(length, last + settleCycles(op, this.facts))
    })
    block.length = length
  }

  /** An operation as turn `turn` runs it. */
  private copy(op: MOp, turn: number): MOp {
    const operands = specOf(op).operands
    const args = op.args.map((a, i) => {
      if (!isReg(a)) return a
      if (operands[i]!.isDef) return reg(this.version(a.reg, turn))
      const source = sourceOf(this.body, a.reg)
      return source ? reg(this.version(source.register, turn - source.distance)) : a
    })
    const copy: MOp = { ...op, args }
    if (op.post !== undefined) copy.post = this.version(op.post, turn)
    return copy
  }
}
