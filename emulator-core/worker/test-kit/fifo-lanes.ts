/**
 * Lanes made of objectFifos: chains of cores, with and without a memory tile, splitting, joining and broadcast.
 *
 *     shim ──▶ (memory tile) ──▶ core ──▶ (core) ──▶ (memory tile) ──▶ shim
 */
import type { Body } from './bodies.ts'
import { apply, bodyText, chooseBody } from './bodies.ts'
import type { Choices } from './choices.ts'
import type { Pattern, Word } from './elements.ts'
import { bytesOf, cut, gather, pairs, scatter, words } from './elements.ts'
import type { HostEnd, Lane, Pool } from './lane.ts'
import { loopConstants, outerLoop } from './lane.ts'

type Work = (stream: readonly number[]) => number[]

/** One objectFifo: its line, and what its two patterns do to a stream. */
interface FifoPlan {
  readonly name: string
  readonly from: string
  readonly to: readonly string[]
  readonly depth: string
  readonly count: number
  readonly word: Word
  readonly toStream?: Pattern | undefined
  readonly fromStream?: Pattern | undefined
  /** How often each object is sent. */
  readonly repeat?: number
  readonly viaDma?: boolean
}

function fifoText(plan: FifoPlan): string {
  const toStream = plan.toStream ? ` dimensionsToStream ${pairs(plan.toStream)}` : ''
  const fromStream = plan.fromStream ? ` dimensionsFromStream ${pairs(plan.fromStream)}` : ''
  const consumers = plan.to.map((tile) => `${tile}${fromStream}`).join(', ')
  const attributes = [
    ...(plan.repeat === undefined ? [] : [`repeat_count = ${plan.repeat} : i32`]),
    ...(plan.viaDma ? ['via_DMA = true'] : []),
  ]
  const more = attributes.length > 0 ? ` {${attributes.join(', ')}}` : ''
  return `aie.objectfifo @${plan.name}(${plan.from}${toStream}, {${consumers}}, ${plan.depth})${more} : !aie.objectfifo<memref<${plan.count}x${plan.word}>>`
}

function fifoWork(plan: FifoPlan): Work {
  const times = Array.from({ length: plan.repeat ?? 1 })
  return (stream) =>
    cut(stream, plan.count).flatMap((object) =>
      times.flatMap(() => scatter(gather(object, plan.toStream), plan.fromStream)),
    )
}

function depth(c: Choices, ends: number, least = 1, most = 4): string {
  const one = () => c.between(least, most)
  return c.rarely()
    ? `[${Array.from({ length: ends }, one).join(', ')}]`
    : `${Math.max(2, one())} : i32`
}

function chooseSize(c: Choices, word: Word): number {
  return c.of([16, 32, 64, 8, 24, 4, 20, 96]) * (4 / bytesOf(word))
}

/** A core between fifos: takes `takes` objects of each input, gives as many. */
interface CorePlan {
  readonly tile: string
  readonly body: Body
  readonly inputs: readonly string[]
  readonly output: string
  readonly takes: number
  /** Looks at two objects and gives back one: adds neighbours. */
  readonly sliding: boolean
}

function coreText(c: Choices, plan: CorePlan, fires: number): string {
  const { tile, body, takes, sliding } = plan
  const stack = c.rarely(4) ? ' {stack_size = 2048 : i32}' : ''
  const lines: string[] = []
  const view = (count: number, word: Word) =>
    [`!aie.objectfifosubview<memref<${count}x${word}>>`, `memref<${count}x${word}>`] as const
  const acquire = (fifo: string, port: string, n: number, count: number, word: Word) => {
    const [subview, memref] = view(count, word)
    lines.push(`%${fifo} = aie.objectfifo.acquire @${fifo}(${port}, ${n}) : ${subview}`)
    for (let i = 0; i < n; i++) {
      lines.push(
        `%${fifo}_${i} = aie.objectfifo.subview.access %${fifo}[${i}] : ${subview} -> ${memref}`,
      )
    }
  }
  const takenIn = sliding ? 2 : takes
  const ports = c.rarely() ? [plan.output, ...plan.inputs] : [...plan.inputs, plan.output]
  for (const fifo of ports) {
    if (fifo === plan.output) acquire(fifo, 'Produce', takes, body.outputs, body.to)
    else acquire(fifo, 'Consume', takenIn, body.inputs, body.from)
  }
  for (let i = 0; i < takes; i++) {
    const inputs = sliding
      ? [`%${plan.inputs[0]}_0`, `%${plan.inputs[0]}_1`]
      : plan.inputs.map((fifo) => `%${fifo}_${i}`)
    lines.push(bodyText(body, inputs, `%${plan.output}_${i}`, stateName(tile), String(i)))
  }
  for (const fifo of c.shuffled(ports)) {
    const output = fifo === plan.output
    const n = output || sliding ? takes : takenIn
    if (n > 1 && c.rarely()) {
      for (let i = 0; i < n; i++)
        lines.push(`aie.objectfifo.release @${fifo}(${output ? 'Produce' : 'Consume'}, 1)`)
    } else lines.push(`aie.objectfifo.release @${fifo}(${output ? 'Produce' : 'Consume'}, ${n})`)
  }
  return `aie.core(${tile}) {
    ${loopConstants}
    ${outerLoop(c, lines.join('\n    '), fires)}
  }${stack}`
}

export function stateName(tile: string): string {
  return `%state${tile.slice(1)}`
}

/** A buffer for a running sum, when the body keeps one. */
export function stateText(tile: string, body: Body): string[] {
  return body.kind === 'running'
    ? [`${stateName(tile)} = aie.buffer(${tile}) : memref<1x${body.to}> = dense<0>`]
    : []
}

/** What a core does to its streams of whole objects. */
export function coreWork(
  body: Body,
  sliding = false,
): (streams: readonly (readonly number[])[]) => number[] {
  return (streams) => {
    const state = [0]
    const objects = streams.map((stream) => cut(stream, body.inputs))
    return objects[0]!.flatMap((object, i) => {
      if (!sliding)
        return apply(
          body,
          objects.map((list) => list[i]!),
          state,
        )
      const next = objects[0]![i + 1]
      return next ? apply(body, [object, next], state) : []
    })
  }
}

/** Shim to core to shim, one or two inputs, up to two cores, memory tiles on either side. */
export function chainLane(c: Choices, pool: Pool, name: string, column: number): Lane {
  const shim = pool.tile(column, 0)
  const mem = pool.tile(column, 1)
  const word = c.of(words)
  const sliding = c.rarely(5)
  const operands = sliding ? 2 : c.of([1, 1, 2])
  const takes = sliding ? 1 : c.of([1, 1, 2])
  const size = chooseSize(c, word)
  const body = chooseBody(c, word, size, operands)
  const lines: string[] = []
  const inputWork: Work[] = []
  const inputs: HostEnd[] = []
  const unit = sliding ? 1 : takes * c.of([1, 2])
  const repeat = operands === 1 && c.rarely(5) ? c.between(2, 3) : undefined
  const core = pool.core(c)
  for (let k = 0; k < (sliding ? 1 : operands); k++) {
    const entry = entryHop(c, {
      pool,
      name: `${name}_in${k}`,
      shim,
      mem,
      core,
      size,
      word,
      unit,
      least: sliding ? 2 : takes,
      repeat,
    })
    lines.push(...entry.text)
    inputWork.push(entry.work)
    inputs.push({ symbol: entry.symbol, column, direction: 'MM2S', word, perFire: unit * size })
  }
  const sources = inputs.map((_, k) => `${name}_in${k}_core`)
  const second = pool.freeCores > 0 && c.rarely() ? pool.core(c) : undefined
  const next = second ? chooseBody(c, body.to, body.outputs, 1) : undefined
  const last = next ?? body
  const fires = c.between(1, sliding ? 6 : 4) + (sliding ? 1 : 0)
  const objects = unit * fires * (repeat ?? 1) - (sliding ? 1 : 0)
  lines.push(...stateText(core, body), ...(next && second ? stateText(second, next) : []))
  const exit = exitHop(c, {
    pool,
    name: `${name}_out`,
    shim,
    mem,
    core: second ?? core,
    size: last.outputs,
    word: last.to,
    unit: sliding ? 1 : unit,
    least: takes,
    repeat: sliding || !c.rarely(5) ? undefined : 2,
  })
  if (second && next) {
    const between: FifoPlan = {
      name: `${name}_between`,
      from: core,
      to: [second],
      depth: depth(c, 2, takes),
      count: body.outputs,
      word: body.to,
      viaDma: c.rarely(),
    }
    lines.push(fifoText(between))
  }
  lines.push(...exit.text)
  const output = second ? `${name}_between` : exit.coreFifo
  lines.push(
    coreText(c, { tile: core, body, inputs: sources, output, takes, sliding }, objects / takes),
  )
  if (second && next) {
    lines.push(
      coreText(
        c,
        {
          tile: second,
          body: next,
          inputs: [output],
          output: exit.coreFifo,
          takes: 1,
          sliding: false,
        },
        objects,
      ),
    )
  }
  return {
    text: lines,
    bodies: next ? [body, next] : [body],
    inputs,
    outputs: [
      {
        symbol: exit.symbol,
        column,
        direction: 'S2MM',
        word: last.to,
        perFire: unit * last.outputs * (repeat ?? 1) * exit.times,
      },
    ],
    fires,
    held: sliding ? last.outputs : 0,
    meaning: (streams) => {
      const first = coreWork(body, sliding)(streams.map((stream, k) => inputWork[k]!(stream)))
      return [exit.work(next ? coreWork(next)([first]) : first)]
    },
  }
}

interface Hop {
  readonly pool: Pool
  readonly name: string
  readonly shim: string
  readonly mem: string
  readonly core: string
  readonly size: number
  readonly word: Word
  /** Objects that a round brings; a memory tile may bundle them. */
  readonly unit: number
  readonly least: number
  /** How often each object is sent on. */
  readonly repeat: number | undefined
}

/** From the host to a core: directly, or linked in the memory tile with an object that is as large or larger. */
function entryHop(c: Choices, h: Hop): { text: string[]; symbol: string; work: Work } {
  const inner: FifoPlan = {
    name: `${h.name}_core`,
    from: h.shim,
    to: [h.core],
    depth: depth(c, 2, h.least),
    count: h.size,
    word: h.word,
    fromStream: c.rarely(4) ? h.pool.order(c, 'core', h.size, h.word) : undefined,
  }
  const direct = h.repeat === undefined && !c.rarely(2)
  if (direct) return { text: [fifoText(inner)], symbol: inner.name, work: fifoWork(inner) }
  const bundle = h.repeat === undefined ? c.of([1, h.unit]) : 1
  const outer: FifoPlan = {
    name: `${h.name}_host`,
    from: h.shim,
    to: [h.mem],
    depth: depth(c, 2),
    count: h.size * bundle,
    word: h.word,
    fromStream: c.rarely(4) ? h.pool.order(c, 'mem', h.size * bundle, h.word) : undefined,
  }
  const linked = {
    ...inner,
    from: h.mem,
    ...(h.repeat === undefined ? {} : { repeat: h.repeat }),
    toStream: bundle === 1 && c.rarely() ? h.pool.order(c, 'mem', h.size, h.word) : undefined,
  }
  const [first, then] = [fifoWork(outer), fifoWork(linked)]
  return {
    text: [
      fifoText(outer),
      fifoText(linked),
      `aie.objectfifo.link [@${outer.name}] -> [@${linked.name}] ()`,
    ],
    symbol: outer.name,
    work: (stream) => then(first(stream)),
  }
}

/** From a core to the host, the same way back. */
function exitHop(
  c: Choices,
  h: Hop,
): { text: string[]; symbol: string; coreFifo: string; work: Work; times: number } {
  const inner: FifoPlan = {
    name: `${h.name}_core`,
    from: h.core,
    to: [h.shim],
    depth: depth(c, 2, h.least),
    count: h.size,
    word: h.word,
    toStream:
      c.rarely(4) && (h.size * bytesOf(h.word)) % 4 === 0
        ? h.pool.order(c, 'core', h.size, h.word)
        : undefined,
  }
  if (!c.rarely(2)) {
    const plan = h.repeat === undefined ? inner : { ...inner, repeat: h.repeat }
    return {
      text: [fifoText(plan)],
      symbol: plan.name,
      coreFifo: plan.name,
      work: fifoWork(plan),
      times: h.repeat ?? 1,
    }
  }
  const bundle = c.of([1, h.unit])
  const linked = { ...inner, to: [h.mem] }
  const outer: FifoPlan = {
    name: `${h.name}_host`,
    from: h.mem,
    to: [h.shim],
    depth: depth(c, 2),
    count: h.size * bundle,
    word: h.word,
    toStream: c.rarely() ? h.pool.order(c, 'mem', h.size * bundle, h.word) : undefined,
  }
  const [first, then] = [fifoWork(linked), fifoWork(outer)]
  return {
    text: [
      fifoText(linked),
      fifoText(outer),
      `aie.objectfifo.link [@${linked.name}] -> [@${outer.name}] ([] [])`,
    ],
    symbol: outer.name,
    coreFifo: linked.name,
    times: 1,
    work: (stream) => then(first(stream)),
  }
}

/** Host to memory tile to several cores and joined again; the cores get slices of each object, or all of it. */
export function fanLane(c: Choices, pool: Pool, name: string, column: number): Lane {
  const shim = pool.tile(column, 0)
  const mem = pool.tile(column, 1)
  const word = c.of(words)
  const cores = Array.from({ length: Math.min(pool.freeCores, c.between(2, 4)) }, () =>
    pool.core(c),
  )
  const broadcast = c.of(['no', 'no', 'shim', 'mem'] as const)
  const common = chooseSize(c, word)
  const sizes = cores.map(() => (broadcast === 'no' ? chooseSize(c, word) : common))
  // What is joined is one object of one type.
  const bodies = sizes.map((size) => chooseBody(c, word, size, 1, true))
  const offsets = sizes.map((_, k) => sizes.slice(0, k).reduce((a, b) => a + b, 0))
  const total = offsets.at(-1)! + sizes.at(-1)!
  const fires = c.between(1, 4)
  const lines: string[] = []
  const branches = cores.map((_, k) => `${name}_take${k}`)
  // Each slice of each object of the memory tile takes a descriptor.
  const most = cores.length > 3 ? 2 : 3
  const fifo = (n: string, from: string, to: readonly string[], count: number): FifoPlan => ({
    name: n,
    from,
    to,
    depth: depth(c, 1 + to.length, 1, most),
    count,
    word,
  })
  let symbol = `${name}_in`
  if (broadcast === 'no') {
    lines.push(fifoText(fifo(symbol, shim, [mem], total)))
    cores.forEach((core, k) => lines.push(fifoText(fifo(branches[k]!, mem, [core], sizes[k]!))))
    const targets = branches.map((b) => `@${b}`).join(', ')
    lines.push(`aie.objectfifo.link [@${symbol}] -> [${targets}] ([] [${offsets.join(', ')}])`)
  } else {
    const all = fifo(`${name}_all`, broadcast === 'mem' ? mem : shim, cores, common)
    branches.fill(all.name)
    if (broadcast === 'mem') {
      lines.push(fifoText(fifo(symbol, shim, [mem], common)), fifoText(all))
      lines.push(`aie.objectfifo.link [@${symbol}] -> [@${all.name}] ([] [])`)
    } else {
      lines.push(fifoText(all))
      symbol = all.name
    }
  }
  const results = cores.map((_, k) => `${name}_give${k}`)
  cores.forEach((core, k) => lines.push(fifoText(fifo(results[k]!, core, [mem], sizes[k]!))))
  const joined = fifo(`${name}_out`, mem, [shim], total)
  lines.push(fifoText(joined))
  lines.push(
    `aie.objectfifo.link [${results.map((r) => `@${r}`).join(', ')}] -> [@${joined.name}] ([${offsets.join(', ')}] [])`,
  )
  cores.forEach((tile, k) => {
    const body = bodies[k]!
    const plan = {
      tile,
      body,
      inputs: [branches[k]!],
      output: results[k]!,
      takes: 1,
      sliding: false,
    }
    lines.push(...stateText(tile, body), coreText(c, plan, fires))
  })
  return {
    text: lines,
    bodies,
    inputs: [
      { symbol, column, direction: 'MM2S', word, perFire: broadcast === 'no' ? total : common },
    ],
    outputs: [{ symbol: joined.name, column, direction: 'S2MM', word, perFire: total }],
    fires,
    held: 0,
    meaning: ([stream]) => {
      const slices = cores.map((_, k) =>
        broadcast === 'no'
          ? cut(stream!, total).flatMap((o) => o.slice(offsets[k], offsets[k]! + sizes[k]!))
          : [...stream!],
      )
      const made = slices.map((slice, k) => cut(coreWork(bodies[k]!)([slice]), sizes[k]!))
      return [made[0]!.flatMap((_, i) => made.flatMap((list) => list[i]!))]
    },
  }
}

/** Host to memory tile and back, in another order. */
export function shuffleLane(c: Choices, pool: Pool, name: string, column: number): Lane {
  const shim = pool.tile(column, 0)
  const mem = pool.tile(column, 1)
  const word = c.of(words)
  const size = chooseSize(c, word) * c.of([1, 2, 3])
  const order = () => (c.rarely(2) ? pool.order(c, 'mem', size, word) : undefined)
  const first: FifoPlan = {
    name: `${name}_in`,
    from: shim,
    to: [mem],
    depth: depth(c, 2),
    count: size,
    word,
    fromStream: order(),
  }
  const then: FifoPlan = {
    name: `${name}_out`,
    from: mem,
    to: [shim],
    depth: depth(c, 2),
    count: size,
    word,
    toStream: order(),
  }
  const [into, out] = [fifoWork(first), fifoWork(then)]
  return {
    text: [
      fifoText(first),
      fifoText(then),
      `aie.objectfifo.link [@${first.name}] -> [@${then.name}] ()`,
    ],
    bodies: [],
    inputs: [{ symbol: first.name, column, direction: 'MM2S', word, perFire: size }],
    outputs: [{ symbol: then.name, column, direction: 'S2MM', word, perFire: size }],
    fires: c.between(1, 5),
    held: 0,
    meaning: ([stream]) => [out(into(stream!))],
  }
}

/** Host to memory tile and back with a frame of zeros around each object. */
export function framedLane(c: Choices, pool: Pool, name: string, column: number): Lane {
  const shim = pool.tile(column, 0)
  const mem = pool.tile(column, 1)
  const word = c.of(words)
  const run = 4 / bytesOf(word)
  const [rows, width] = [c.between(1, 5), c.between(1, 6) * run]
  const [above, below, left, right] = [c.below(3), c.below(3), c.below(3) * run, c.below(3) * run]
  const [high, wide] = [above + rows + below, left + width + right]
  const into: FifoPlan = {
    name: `${name}_in`,
    from: shim,
    to: [mem],
    depth: depth(c, 2),
    count: rows * width,
    word,
  }
  const pads = [
    [above, below],
    [left, right],
  ]
    .map(([before, after]) => `<const_pad_before = ${before}, const_pad_after = ${after}>`)
    .join(', ')
  const order = pairs([
    { size: rows, stride: width },
    { size: width, stride: 1 },
  ])
  return {
    text: [
      fifoText(into),
      `aie.objectfifo @${name}_out(${mem} dimensionsToStream ${order}, {${shim}}, 2 : i32) {padDimensions = #aie<bd_pad_layout_array[${pads}]>} : !aie.objectfifo<memref<${high * wide}x${word}>>`,
      `aie.objectfifo.link [@${name}_in] -> [@${name}_out] ([] [])`,
    ],
    bodies: [],
    inputs: [{ symbol: `${name}_in`, column, direction: 'MM2S', word, perFire: rows * width }],
    outputs: [{ symbol: `${name}_out`, column, direction: 'S2MM', word, perFire: high * wide }],
    fires: c.between(1, 4),
    held: 0,
    meaning: ([stream]) => [
      cut(stream!, rows * width).flatMap((object) =>
        Array.from({ length: high * wide }, (_, at) => {
          const [y, x] = [Math.floor(at / wide) - above, (at % wide) - left]
          return y >= 0 && y < rows && x >= 0 && x < width ? object[y * width + x]! : 0
        }),
      ),
    ],
  }
}
