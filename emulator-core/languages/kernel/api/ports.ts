/** Stream ports and the cascade of a core. */
import type { Value } from '../check/entities.ts'
import { fail, isBroken } from '../check/env.ts'
import { int, typeName, voidCType, type CType } from '../check/types.ts'
import { load, registerOf } from '../check/values.ts'
import { rawVectorType } from './builtin-types.ts'
import { intOperand, irOf } from './helpers.ts'
import type { ApiCall, ApiRow } from './row.ts'

/** A word from the core's first stream port. */
function getStream({ env, at }: ApiCall): Value {
  const type = int('i32')
  return { type, at, operand: env.b.value('portGet', irOf(type), [], at, { symbol: 'stream' }) }
}

/** A word to the core's stream port, the last of a packet when the second argument is odd. */
function putStream({ env, args, at, name }: ApiCall): Value | undefined {
  const word = intOperand(env, args[0]!, `The word of ${name}`)
  const last = args[1] ? intOperand(env, args[1], `The TLAST of ${name}`) : { imm: 0 }
  if (!word || !last) return undefined
  env.b.effect('portPut', irOf(int('i32')), [word, last], at, { symbol: 'stream' })
  return { type: voidCType, at }
}

function putCascade({ env, args, at, name }: ApiCall): Value | undefined {
  const v = load(env, args[0]!)
  if (isBroken(v)) return undefined
  if (v.type.kind !== 'vector' && v.type.kind !== 'accum') {
    fail(env, 'C0701', at, `${name} needs a vector or an accumulator, got ${typeName(v.type)}.`)
    return undefined
  }
  env.b.effect('portPut', irOf(v.type), [registerOf(env, v)], at, { symbol: 'cascade' })
  return { type: voidCType, at }
}

function getCascade(type: CType): (call: ApiCall) => Value {
  return ({ env, at }) => ({
    type,
    at,
    operand: env.b.value('portGet', irOf(type), [], at, { symbol: 'cascade' }),
  })
}

/** Shapes that fill one or two values of the cascade. */
const shapes = [
  'v64int8',
  'v64uint8',
  'v32int16',
  'v32uint16',
  'v16int32',
  'v16uint32',
  'v16acc32',
  'v32acc32',
  'v8acc64',
  'v16acc64',
] as const

const cascadeRows = shapes.map((shape): ApiRow => ({
  space: 'global',
  name: `get_scd_${shape}`,
  shape: `get_scd_${shape}()`,
  about: 'Waits for a value of this shape from the neighbour that sends to this core.',
  forms: [{ takes: [], lower: getCascade(rawVectorType(shape)!) }],
}))

export const portRows: readonly ApiRow[] = [
  {
    space: 'global',
    name: 'get_ss',
    shape: 'get_ss()',
    about: 'Waits for a word of the input stream.',
    forms: [{ takes: [], lower: getStream }],
  },
  {
    space: 'global',
    name: 'put_ms',
    shape: 'put_ms(word, last)',
    about: 'Sends a word; waits until there is room. The last word of a packet says so.',
    forms: [
      { takes: ['number'], lower: putStream },
      { takes: ['number', 'number'], lower: putStream },
    ],
  },
  {
    space: 'global',
    name: 'put_mcd',
    shape: 'put_mcd(value)',
    about: 'Sends a vector or an accumulator to the next core of the cascade.',
    forms: [
      { takes: ['vector'], lower: putCascade },
      { takes: ['accum'], lower: putCascade },
    ],
  },
  ...cascadeRows,
]
