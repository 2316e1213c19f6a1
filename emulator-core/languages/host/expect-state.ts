/** The step `expectState`: numbers of one thing that the program names, each compared when it is given. */
import type { HostAction, StateField } from '../../artifacts/host-program.ts'
import { stateFields } from '../../artifacts/host-program.ts'
import { hostCodes } from './codes.ts'
import { Fields, lineOf, readAddress } from './reader.ts'
import type { Steps } from './steps.ts'

const kinds = Object.keys(stateFields) as (keyof typeof stateFields)[]
/** Known, not emulated. */
const laterKinds = ['run', 'hwctx', 'device'] as const

/** Reads `{client: {client, …}}` or `{bo: {bo, …}}`. */
export function expectState(steps: Steps, fields: Fields): HostAction | undefined {
  steps.later(fields, ...laterKinds)
  if (laterKinds.some((kind) => fields.has(kind))) return undefined
  const given = kinds.filter((kind) => fields.has(kind))
  if (given.length !== 1) {
    steps.ground.report.error(
      hostCodes.oneAction,
      fields.at,
      `A state is of exactly one thing, not ${given.length} (line ${lineOf(steps.ground, fields.at)}).`,
    )
    for (const kind of given) fields.nodeOf(kind)
    return undefined
  }
  const [kind] = given
  const inner = fields.object(kind)
  if (!inner) return undefined
  const what = steps.ref(inner, kind)
  const found: StateField[] = []
  for (const key of stateFields[kind]) {
    const field = readField(steps, inner, key)
    if (field) found.push(field)
  }
  inner.end()
  return what === undefined ? undefined : { do: 'expectState', of: kind, what, fields: found }
}

/** A number, or `{mask, value}`. */
function readField(steps: Steps, fields: Fields, key: string): StateField | undefined {
  const node = fields.nodeOf(key)
  if (node === undefined) return undefined
  if (node.kind !== 'object') {
    const value = readAddress(fields, key)
    return value === undefined ? undefined : { key, value }
  }
  const inner = new Fields(steps.ground, node)
  for (const part of ['mask', 'value']) if (!inner.has(part)) inner.missing(part)
  const mask = readAddress(inner, 'mask')
  const value = readAddress(inner, 'value')
  inner.end()
  return mask === undefined || value === undefined ? undefined : { key, value, mask }
}
