/**
 * Random designs: a project and the bytes it must produce, worked out on plain lists of numbers.
 *
 *     choices ──▶ lanes ──▶ text of the design, the kernels and the project
 *                   └─────▶ meaning ──▶ expected buffers
 */
import type { ProfileId } from '../../device/tiles.ts'
import { kernelDeclaration, kernelName, kernelText } from './bodies.ts'
import { Choices } from './choices.ts'
import { explicitLane } from './explicit-lanes.ts'
import { chainLane, fanLane, framedLane, shuffleLane } from './fifo-lanes.ts'
import type { HostPlan } from './host-side.ts'
import { contents, order, planHost, sequenceText } from './host-side.ts'
import type { Lane } from './lane.ts'
import { Pool } from './lane.ts'

export interface RandomDesign {
  readonly files: ReadonlyMap<string, string>
  readonly device: ProfileId
}

/** What an output buffer holds before the run, to see that nothing else is written. */
const untouched = 77

/** Words a design may name its device by. */
const deviceWords: Readonly<Record<ProfileId, readonly string[]>> = {
  aie4: ['aie4'],
  npu4: ['npu2'],
  npu1: ['npu1', 'npu1_3col'],
}

/** The design that a list of numbers stands for. */
export function randomDesign(list: readonly number[]): RandomDesign {
  const c = new Choices(list)
  const device = c.of(['aie4', 'aie4', 'npu4', 'npu1'] as const)
  const columns = c.between(1, 3)
  const pool = new Pool(device, columns)
  const lanes = Array.from({ length: columns }, (_, column) => lanesOf(c, pool, column)).flat()
  const rounds = lanes.map((lane) => roundsOf(c, lane))
  const plans = lanes.map((lane, k) => ({
    lane,
    inputs: lane.inputs.map((end, i) => planHost(c, pool, lane, end, `from${k}_${i}`, rounds[k]!)),
    outputs: lane.outputs.map((end, i) => planHost(c, pool, lane, end, `to${k}_${i}`, rounds[k]!)),
  }))
  const all = c.shuffled(plans.flatMap((p) => [...p.inputs, ...p.outputs]))
  const buffers = new Map(plans.flatMap((p, k) => expected(p.lane, p.inputs, p.outputs, k)))
  const bodies = lanes.flatMap((lane) => lane.bodies).filter((b) => b.language !== 'design')
  const kernels = [...new Map(bodies.map((b) => [kernelName(b), b])).values()]
  const sequence = sequenceText(c, all, Math.max(...rounds.map((r) => r.length)))
  const unused = c.rarely()
  const args = [
    ...all.map((p) => `%${p.name} : memref<${p.elements}x${p.end.word}>`),
    ...(unused ? ['%unused : memref<8xi32>'] : []),
  ]
  const design = `module {
  aie.device(${c.of(deviceWords[device])}) {
  ${kernels.map(kernelDeclaration).join('\n  ')}
  ${pool.declarations().join('\n  ')}
  ${lanes.flatMap((lane) => lane.text).join('\n  ')}
    aie.runtime_sequence @sequence(${args.join(', ')}) {
      ${sequence}
    }
  }
}
`
  const project = {
    title: 'a random design',
    device,
    design: 'design.mlir',
    kernels: kernels.length > 0 ? ['kernels.cc'] : [],
    args: [
      ...all.map((p) => buffers.get(p.name)!),
      ...(unused ? [{ name: 'unused', type: 'i32', shape: [8] }] : []),
    ],
  }
  const files = new Map([
    ['project.json', JSON.stringify(project)],
    ['design.mlir', design],
  ])
  if (kernels.length > 0) {
    files.set('kernels.cc', `#include <aie_api/aie.hpp>\n\n${kernels.map(kernelText).join('\n')}`)
  }
  return { files, device }
}

const kinds = [
  'chain',
  'chain',
  'chain',
  'explicit',
  'explicit',
  'fan',
  'fan',
  'shuffle',
  'framed',
] as const

/** One lane for a column, or two small ones. */
function lanesOf(c: Choices, pool: Pool, column: number): Lane[] {
  const name = `lane${column}`
  const kind = c.of(kinds)
  if (kind === 'fan' && pool.freeCores >= 4) return [fanLane(c, pool, name, column)]
  if (kind === 'framed') return [framedLane(c, pool, name, column)]
  if (kind === 'shuffle' || pool.freeCores < 2) return [shuffleLane(c, pool, name, column)]
  if (kind === 'explicit') return [explicitLane(c, pool, name, column)]
  const first = chainLane(c, pool, name, column)
  const second = first.inputs.length === 1 && c.rarely()
  return second ? [first, shuffleLane(c, pool, `${name}b`, column)] : [first]
}

/** How the rounds of a lane are grouped: at most four groups, one when the lane keeps something. */
function roundsOf(c: Choices, lane: Lane): number[] {
  const groups: number[] = []
  let rest = lane.fires
  while (rest > 0 && groups.length < 3 && lane.held === 0) {
    const size = c.between(1, rest)
    groups.push(size)
    rest -= size
  }
  if (rest > 0) groups.push(rest)
  return groups
}

/** The project's entries for a lane's buffers. */
function expected(
  lane: Lane,
  inputs: readonly HostPlan[],
  outputs: readonly HostPlan[],
  seed: number,
): [string, object][] {
  const filled = inputs.map((plan, i) => contents(plan, seed * 2 + i))
  const streams = inputs.map((plan, i) => order(plan).map((at) => filled[i]![at]!))
  const results = lane.meaning(streams)
  return [
    ...inputs.map((plan, i): [string, object] => [
      plan.name,
      { name: plan.name, type: plan.end.word, shape: [plan.elements], init: { values: filled[i] } },
    ]),
    ...outputs.map((plan, i): [string, object] => {
      const bytes = Array.from({ length: plan.elements }, () => untouched)
      order(plan).forEach((at, k) => (bytes[at] = results[i]![k]!))
      return [
        plan.name,
        {
          name: plan.name,
          type: plan.end.word,
          shape: [plan.elements],
          init: { fill: untouched },
          expect: { values: bytes },
        },
      ]
    }),
  ]
}
