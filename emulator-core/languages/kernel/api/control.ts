/** Modes, locks, events, the timer, and names that do nothing on a core. */
import { scalar, voidType, type Operand } from '../../codegen/ir.ts'
import { cast } from '../check/convert.ts'
import type { Value } from '../check/entities.ts'
import { isBroken, warn, type Env } from '../check/env.ts'
import { int, ulongType, voidCType, type CType } from '../check/types.ts'
import { load, operandOf } from '../check/values.ts'
import { intOperand } from './helpers.ts'
import { modes } from './modes.ts'
import type { ApiCall, ApiRow, Takes } from './row.ts'

const i32 = scalar('i32')

function nothing(at: Value['at']): Value {
  return { type: voidCType, at }
}

function modeOperand(env: Env, value: Value): Operand | undefined {
  const v = load(env, value)
  if (isBroken(v)) return undefined
  return operandOf(env, cast(env, v, int('i32')))
}

function setMode(
  symbol: 'rounding' | 'saturation',
  swap: boolean,
): (call: ApiCall) => Value | undefined {
  return ({ env, args, at }) => {
    const operand = modeOperand(env, args[0]!)
    if (!operand) return undefined
    const type = load(env, args[0]!).type
    const old = swap ? env.b.value('getmode', i32, [], at, { symbol }) : undefined
    env.b.effect('setmode', i32, [operand], at, { symbol })
    return old ? asMode(env, old, type, at) : nothing(at)
  }
}

/** A mode read back as the enumeration that the program uses. */
function asMode(env: Env, operand: Operand, type: CType, at: Value['at']): Value {
  return cast(env, { type: int('i32'), at, operand }, type)
}

function getMode(symbol: 'rounding' | 'saturation'): (call: ApiCall) => Value {
  return ({ env, at }) => {
    const found = env.unit.builtinScope.own('aie')
    const inside = found?.kind === 'namespace' ? found.scope.own(`${symbol}_mode`) : undefined
    const operand = env.b.value('getmode', i32, [], at, { symbol })
    return asMode(env, operand, inside?.kind === 'type' ? inside.type : int('i32'), at)
  }
}

function constantMode(symbol: 'rounding' | 'saturation', name: string): (call: ApiCall) => Value {
  return ({ env, at }) => {
    env.b.effect('setmode', i32, [{ imm: modes[symbol][name] ?? 0 }], at, { symbol })
    return nothing(at)
  }
}

function lock(
  op: 'acquire' | 'release',
  mode: 'ge' | 'eq' | undefined,
): (call: ApiCall) => Value | undefined {
  return ({ env, args, at, name }) => {
    const id = intOperand(env, args[0]!, `The lock of ${name}`)
    const amount = args[1] ? intOperand(env, args[1], `The amount of ${name}`) : { imm: 1 }
    if (!id || !amount) return undefined
    env.b.effect(op, voidType, [id, amount], at, mode ? { mode } : {})
    return nothing(at)
  }
}

function event(offset: number): (call: ApiCall) => Value {
  return ({ env, at }) => {
    env.b.effect('event', voidType, [], at, { offset })
    return nothing(at)
  }
}

/** The low word of the core timer as a 64-bit count. */
function cycles({ env, at }: ApiCall): Value {
  const low = env.b.value('cycles', scalar('u32'), [], at)
  const operand = env.b.value('convert', scalar('u64'), [low], at, { from: scalar('u32') })
  return { type: ulongType, at, operand }
}

function row(
  space: ApiRow['space'],
  name: string,
  shape: string,
  about: string,
  takes: readonly Takes[],
  lower: (call: ApiCall) => Value | undefined,
): ApiRow {
  return { space, name, shape, about, forms: [{ takes, lower }] }
}

/** Text output has nowhere to go on a core. */
function print({ env, at, name }: ApiCall): Value {
  warn(env, 'C0802', at, `'${name}' does nothing on a core.`)
  return { type: int('i32'), at, known: { lo: 0, hi: 0 } }
}

const printForms = Array.from({ length: 12 }, (_, n) => ({
  takes: Array<'any'>(n + 1).fill('any'),
  lower: print,
}))

const none = (call: ApiCall): Value => nothing(call.at)

export const controlRows: readonly ApiRow[] = [
  row(
    'aie',
    'set_rounding',
    'set_rounding(mode)',
    'Rounding of all later moves from accumulators.',
    ['any'],
    setMode('rounding', false),
  ),
  row(
    'aie',
    'set_saturation',
    'set_saturation(mode)',
    'Saturation of all later moves from accumulators.',
    ['any'],
    setMode('saturation', false),
  ),
  row(
    'aie',
    'swap_rounding',
    'swap_rounding(mode)',
    'Sets the rounding mode and gives the old one.',
    ['any'],
    setMode('rounding', true),
  ),
  row(
    'aie',
    'swap_saturation',
    'swap_saturation(mode)',
    'Sets the saturation mode and gives the old one.',
    ['any'],
    setMode('saturation', true),
  ),
  row(
    'aie',
    'get_rounding',
    'get_rounding()',
    'The rounding mode in force.',
    [],
    getMode('rounding'),
  ),
  row(
    'aie',
    'get_saturation',
    'get_saturation()',
    'The saturation mode in force.',
    [],
    getMode('saturation'),
  ),
  row(
    'global',
    'set_rnd',
    'set_rnd(code)',
    'Rounding mode by its register code.',
    ['any'],
    setMode('rounding', false),
  ),
  row(
    'global',
    'get_rnd',
    'get_rnd()',
    'Register code of the rounding mode.',
    [],
    ({ env, at }) => ({
      type: int('i32'),
      at,
      operand: env.b.value('getmode', i32, [], at, { symbol: 'rounding' }),
    }),
  ),
  row(
    'global',
    'set_sat',
    'set_sat()',
    'Saturates all later moves from accumulators.',
    [],
    constantMode('saturation', 'saturate'),
  ),
  row(
    'global',
    'clr_sat',
    'clr_sat()',
    'Stops saturating.',
    [],
    constantMode('saturation', 'none'),
  ),
  row(
    'global',
    'event0',
    'event0()',
    'Trace event 0: usually the start of the work.',
    [],
    event(0),
  ),
  row('global', 'event1', 'event1()', 'Trace event 1: usually the end of the work.', [], event(1)),
  row(
    'global',
    'acquire_greater_equal',
    'acquire_greater_equal(lock, n)',
    'Waits until the lock is at least n, then takes n.',
    ['number', 'number'],
    lock('acquire', 'ge'),
  ),
  row(
    'global',
    'acquire_equal',
    'acquire_equal(lock, n)',
    'Waits until the lock is exactly n, then takes n.',
    ['number', 'number'],
    lock('acquire', 'eq'),
  ),
  row(
    'global',
    'release',
    'release(lock, n)',
    'Adds n to the lock.',
    ['number', 'number'],
    lock('release', undefined),
  ),
  row('global', 'get_cycles', 'get_cycles()', 'The core timer.', [], cycles),
  {
    space: 'global',
    name: 'printf',
    shape: 'printf(...)',
    about: 'Does nothing on a core.',
    forms: printForms,
  },
  {
    space: 'global',
    name: 'puts',
    shape: 'puts(text)',
    about: 'Does nothing on a core.',
    forms: printForms,
  },
  row(
    'global',
    '__builtin_unreachable',
    '__builtin_unreachable()',
    'Says that control never comes here.',
    [],
    none,
  ),
]
