/** The host's side of a random design: buffers, the transfers that read and fill them, and the order of the sequence. */
import type { Choices } from './choices.ts'
import type { Dimension, Pattern } from './elements.ts'
import { bytesOf, divisorsOf, numbers, pairs, visits } from './elements.ts'
import type { HostEnd, Lane, Pool } from './lane.ts'

/** One task of a shim channel. */
interface Transfer {
  readonly round: number
  /** First element and the four dimensions, outermost first; the first is the repetition. */
  readonly offset: number
  readonly pattern: Pattern
}

/** A buffer with the transfers that belong to it. */
export interface HostPlan {
  readonly end: HostEnd
  readonly name: string
  readonly elements: number
  readonly transfers: readonly Transfer[]
}

/** Largest inner size of a shim descriptor, and the most repetitions. */
const shimWrap = 1023
const shimRepeat = 64

const one: Dimension = { size: 1, stride: 0 }

function filled(pattern: Pattern): Pattern {
  return [...Array.from({ length: 4 - pattern.length }, () => one), ...pattern]
}

/** How `count` elements of the stream lie in the buffer from `offset` on, and how many elements that takes. */
function layout(
  c: Choices,
  pool: Pool,
  count: number,
  end: HostEnd,
): { pattern: Pattern; extent: number } {
  const run = 4 / bytesOf(end.word)
  const plain = { pattern: filled([{ size: count, stride: 1 }]), extent: count }
  const divisors = divisorsOf(count / run)
  switch (c.below(5)) {
    case 2: {
      const order = pool.order(c, 'shim', count, end.word)
      if (!order) return plain
      const repeats = order.length < 4 && order[0]!.size <= shimRepeat && c.rarely(2)
      const fits = order.length < 4 || order[0]!.size <= shimRepeat
      if (!fits) return plain
      return {
        pattern: repeats ? [order[0]!, ...filled(order.slice(1)).slice(1)] : filled(order),
        extent: count,
      }
    }
    case 3: {
      const rows = c.of(divisors)
      const width = count / rows
      const gap = c.between(1, 3) * run
      const row: Dimension = { size: rows, stride: width + gap }
      const inner: Dimension = { size: width, stride: 1 }
      if (width > shimWrap || rows > shimRepeat) return plain
      const pattern = c.rarely(2) ? [row, one, one, inner] : filled([row, inner])
      return { pattern, extent: rows * (width + gap) }
    }
    case 4: {
      const times = c.of(divisors.filter((d) => d <= shimRepeat))
      if (end.direction === 'S2MM') return plain
      const width = count / times
      return {
        pattern: [{ size: times, stride: 0 }, one, one, { size: width, stride: 1 }],
        extent: width,
      }
    }
    default:
      return plain
  }
}

/** Chooses the buffer and the transfers for one end of a lane, round by round. */
export function planHost(
  c: Choices,
  pool: Pool,
  lane: Lane,
  end: HostEnd,
  name: string,
  rounds: readonly number[],
): HostPlan {
  const run = 4 / bytesOf(end.word)
  const transfers: Transfer[] = []
  let offset = c.below(3) * run
  rounds.forEach((fires, round) => {
    const kept = end.direction === 'S2MM' && round === rounds.length - 1 ? lane.held : 0
    const total = fires * end.perFire - kept
    const half = Math.floor(total / 2 / run) * run
    const pieces = rounds.length <= 2 && half > 0 && c.rarely() ? [half, total - half] : [total]
    for (const count of pieces) {
      const { pattern, extent } = layout(c, pool, count, end)
      transfers.push({ round, offset, pattern })
      offset += extent
    }
  })
  return { end, name, elements: offset + c.below(2) * run, transfers }
}

/** Elements of the buffer in the order in which the stream has them. */
export function order(plan: HostPlan): number[] {
  return plan.transfers.flatMap((t) => visits(t.pattern).map((at) => t.offset + at))
}

export function contents(plan: HostPlan, seed: number): number[] {
  return numbers(plan.elements, plan.end.word, seed)
}

/** How a column's part of the sequence is written, and when it waits. */
interface Manner {
  readonly tasks: boolean
  readonly waitsPerRound: boolean
}

/** The body of the runtime sequence. */
export function sequenceText(c: Choices, plans: readonly HostPlan[], rounds: number): string {
  const lines: string[] = []
  const manners = new Map<number, Manner>()
  const ids = new Map<number, number>()
  const perRound = c.rarely(2)
  for (const { end } of plans) {
    if (!manners.has(end.column))
      manners.set(end.column, { tasks: c.rarely(2), waitsPerRound: perRound })
  }
  let waits: string[] = []
  let serial = 0
  for (let round = 0; round < rounds; round++) {
    for (const plan of c.shuffled(plans)) {
      const { tasks } = manners.get(plan.end.column)!
      const now = plan.transfers.filter((t) => t.round === round)
      const chained = tasks && now.length > 1 && now.every((t) => t.pattern[0]!.size === 1)
      if (chained) {
        const task = `%task${serial++}`
        const token = plan.end.direction === 'S2MM' || c.rarely(4)
        lines.push(...taskText(task, plan, now, token))
        waits.push(token ? `aiex.dma_await_task(${task})` : `aiex.dma_free_task(${task})`)
        continue
      }
      for (const transfer of now) {
        const token = plan.end.direction === 'S2MM' || c.rarely(4)
        if (tasks) {
          const task = `%task${serial++}`
          lines.push(...taskText(task, plan, [transfer], token))
          waits.push(token ? `aiex.dma_await_task(${task})` : `aiex.dma_free_task(${task})`)
          continue
        }
        const id = ids.get(plan.end.column) ?? 0
        ids.set(plan.end.column, id + 1)
        lines.push(copyText(c, plan, transfer, id, token && plan.end.direction === 'MM2S'))
        if (token) waits.push(`aiex.npu.dma_wait {symbol = @${plan.end.symbol}}`)
      }
    }
    if (perRound || round === rounds - 1) {
      lines.push(...c.shuffled(waits))
      waits = []
    }
  }
  return lines.join('\n      ')
}

function memref(plan: HostPlan): string {
  return `memref<${plan.elements}x${plan.end.word}>`
}

function copyText(
  c: Choices,
  plan: HostPlan,
  { offset, pattern }: Transfer,
  id: number,
  token: boolean,
): string {
  const strides = pattern.map((d) => d.stride)
  // An offset may stand wherever the stride divides it.
  const places = [3, 2, 1, 0].filter((i) => strides[i]! > 0 && offset % strides[i]! === 0)
  const place = places.length > 0 ? c.of(places) : -1
  const start = strides.map((stride, i) => (i === place ? offset / stride : 0))
  if (place < 0 && offset > 0) throw new Error(`no stride divides the offset ${offset}`)
  const sizes = pattern.map((d) => d.size)
  const tokenText = token ? ', issue_token = true' : ''
  return `aiex.npu.dma_memcpy_nd(%${plan.name}[${start.join(', ')}][${sizes.join(', ')}][${strides.join(', ')}]) {metadata = @${plan.end.symbol}, id = ${id} : i64${tokenText}} : ${memref(plan)}`
}

/** A task of one descriptor, or of several that follow each other. */
function taskText(
  task: string,
  plan: HostPlan,
  transfers: readonly Transfer[],
  token: boolean,
): string[] {
  const descriptors = transfers.flatMap((transfer, i) => [
    ...(i === 0 ? [] : [`^part${i}:`]),
    `  ${descriptorText(plan, transfer)}`,
    i + 1 < transfers.length ? `  aie.next_bd ^part${i + 1}` : '  aie.end',
  ])
  const repeat = transfers[0]!.pattern[0]!.size
  const attributes = [
    ...(token ? ['issue_token = true'] : []),
    ...(repeat > 1 ? [`repeat_count = ${repeat - 1} : i32`] : []),
  ].join(', ')
  return [
    `${task} = aiex.dma_configure_task_for @${plan.end.symbol} {`,
    ...descriptors,
    attributes ? `} {${attributes}}` : '}',
    `aiex.dma_start_task(${task})`,
  ]
}

function descriptorText(plan: HostPlan, { offset, pattern }: Transfer): string {
  const [repeat, ...inner] = pattern
  const count = inner.reduce((n, d) => n * d.size, 1)
  const used = repeat!.size > 1 ? pattern : inner.filter((d) => d.size > 1)
  const linear = used.length === 0 || (used.length === 1 && used[0]!.stride === 1)
  const dims = linear ? '' : `, ${pairs(used)}`
  return `aie.dma_bd(%${plan.name} : ${memref(plan)}, ${offset}, ${count}${dims})`
}
