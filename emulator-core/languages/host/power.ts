/** The step `power`: the power mode of the device, or whether preemption is forced. */
import type { HostAction } from '../../artifacts/host-program.ts'
import { power as abi } from '../../device/abi/power.ts'
import type { Fields } from './reader.ts'
import type { Steps } from './steps.ts'

/** Modes by word: those of the monitoring tool and of the driver. */
export const powerModes = { ...abi.modes, ...abi.driverModes }
export const powerWords = Object.keys(powerModes) as readonly (keyof typeof powerModes)[]

const maxByte = 255

/** Reads `{client, mode}`, a word or a number, or `{client, forcePreemption}`. */
export function power(steps: Steps, fields: Fields): HostAction | undefined {
  const client = steps.ref(fields, 'client')
  const forced = fields.nodeOf('forcePreemption')
  const hasMode = fields.has('mode')
  if (!forced && !hasMode) fields.missing('mode')
  if (forced && hasMode) fields.bad('forcePreemption', forced.at, "absent beside 'mode'", 'there')
  const set = forced ? 'forcePreemption' : 'mode'
  const value = forced ? readSwitch(fields) : readMode(fields)
  if (client === undefined || value === undefined) return undefined
  return { do: 'power', client, set, value }
}

function readMode(fields: Fields): number | undefined {
  if (fields.nodeOf('mode')?.kind === 'number') return fields.integer('mode', 0, maxByte)?.value
  const word = fields.choice('mode', powerWords)
  return word && powerModes[word.value]
}

function readSwitch(fields: Fields): number | undefined {
  const key = 'forcePreemption'
  if (fields.nodeOf(key)?.kind === 'number') return fields.integer(key, 0, maxByte)?.value
  const given = fields.boolean(key)
  return given && Number(given.value)
}
