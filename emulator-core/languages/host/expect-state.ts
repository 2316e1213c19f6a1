/** The step `expectState`: numbers of one thing that the program names, each compared when it is given. */
import type { HostAction, StateField, StateKind } from '../../artifacts/host-program.ts'
import { healthFields, healthUcFields, stateFields } from '../../artifacts/host-program.ts'
import { command } from '../../device/abi/command.ts'
import { power } from '../../device/abi/power.ts'
import { queries } from '../../device/abi/queries.ts'
import { hostCodes } from './codes.ts'
import { Fields, lineOf, readAddress, wrongKind } from './reader.ts'
import type { Steps } from './steps.ts'

const kinds = Object.keys(stateFields) as StateKind[]

const maxWord = 2 ** 32 - 1

/** Words that stand for the numbers of a field, by `kind.key`. */
export const stateWords: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'run.state': command.state,
  'hwctx.state': queries.hwContextState,
  'device.powerMode': power.modes,
}

/** Reads `{run: {run, …}}`, `{hwctx: …}`, `{client: …}`, `{bo: …}` or `{device: {…}}`. */
export function expectState(steps: Steps, fields: Fields): HostAction | undefined {
  const given = kinds.filter((kind) => fields.has(kind))
  if (given.length !== 1) {
    steps.ground.report.error(
      hostCodes.oneAction,
      fields.at,
      `A state is of exactly one thing, not ${given.length} (line ${lineOf(steps.ground, fields.at)}).`,
    )
    return undefined
  }
  const [kind] = given
  const inner = fields.object(kind)
  if (!inner) return undefined
  const what = kind === 'device' ? 0 : steps.ref(inner, kind)
  const found: StateField[] = []
  for (const key of stateFields[kind]) {
    const field = readField(steps, inner, key, stateWords[`${kind}.${key}`])
    if (field) found.push(field)
  }
  if (kind === 'run') readHealth(steps, inner, found)
  inner.end()
  return what === undefined ? undefined : { do: 'expectState', of: kind, what, fields: found }
}

function readHealth(steps: Steps, run: Fields, found: StateField[]): void {
  const health = run.object('health')
  if (!health) return
  for (const key of healthFields) {
    const field = readField(steps, health, key)
    if (field) found.push({ ...field, key: `health.${key}` })
  }
  for (const node of health.list('uc') ?? []) {
    if (node.kind !== 'object') {
      wrongKind(steps.ground, node, 'uc', 'a list of objects')
      continue
    }
    readUc(steps, new Fields(steps.ground, node), found)
  }
  health.end()
}

/** One uC of a health block: `index` says which one. That it is there at all is compared too. */
function readUc(steps: Steps, fields: Fields, found: StateField[]): void {
  if (!fields.has('index')) fields.missing('index')
  const index = fields.integer('index', 0, maxWord)
  const uc = index?.value ?? 0
  found.push({ key: 'health.uc.index', value: uc, uc })
  for (const key of healthUcFields) {
    const field = readField(steps, fields, key)
    if (field) found.push({ ...field, key: `health.uc.${key}`, uc })
  }
  fields.end()
}

/** A number, a word for one, or `{mask, value}`. */
function readField(
  steps: Steps,
  fields: Fields,
  key: string,
  words?: Readonly<Record<string, number>>,
): StateField | undefined {
  const node = fields.nodeOf(key)
  if (node === undefined) return undefined
  if (words && node.kind === 'string') {
    const word = fields.choice(key, Object.keys(words))
    return word && { key, value: words[word.value], asWord: true }
  }
  if (node.kind === 'boolean' && key === 'suspended') return { key, value: Number(node.value) }
  if (node.kind !== 'object') {
    const value = key === 'fwId' ? readFirmwareId(fields) : readAddress(fields, key)
    return value === undefined ? undefined : { key, value }
  }
  const inner = new Fields(steps.ground, node)
  for (const part of ['mask', 'value']) if (!inner.has(part)) inner.missing(part)
  const mask = readAddress(inner, 'mask')
  const value = readAddress(inner, 'value')
  inner.end()
  return mask === undefined || value === undefined ? undefined : { key, value, mask }
}

/** The firmware's number of a context; -1 while the firmware does not have it. */
function readFirmwareId(fields: Fields): number | undefined {
  return fields.integer('fwId', -1, maxWord)?.value
}
