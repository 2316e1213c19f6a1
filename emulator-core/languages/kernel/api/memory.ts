/** Loads, stores and iterators. */
import { elementBits } from '../../codegen/ir.ts'
import { alignOf, elementType, pointerTo, sameType, typeName } from '../check/types.ts'
import type { Place, Value } from '../check/entities.ts'
import { dereference } from '../check/pointers.ts'
import { fail } from '../check/env.ts'
import { frameMemory, load, store } from '../check/values.ts'
import { irOf, numberArgument, pointedElement, shaped, type VectorType } from './helpers.ts'
import type { ApiCall, ApiRow } from './row.ts'

const nativeBits = 512

function loadVector({ env, args, targs, at, name }: ApiCall): Value | undefined {
  const pointer = load(env, args[0]!)
  const of = pointedElement(env, pointer, name)
  if (!of) return undefined
  const type = shaped(env, of, numberArgument(targs, 0) ?? nativeBits / elementBits(of), at)
  return type && load(env, dereference(env, { ...pointer, type: pointerTo(type, true) }, at))
}

function storeVector({ env, args, at, name }: ApiCall): Value | undefined {
  const pointer = load(env, args[0]!)
  const value = load(env, args[1]!)
  const of = pointedElement(env, pointer, name)
  if (!of || value.type.kind !== 'vector' || pointer.type.kind !== 'pointer') return undefined
  if (pointer.type.constant) {
    fail(env, 'C0403', at, `${name} cannot write through a pointer to const.`)
    return undefined
  }
  if (!sameType(pointer.type.to, elementType(value.type.of))) {
    fail(
      env,
      'C0701',
      at,
      `${name} cannot store ${typeName(value.type)} through ${typeName(pointer.type)}.`,
    )
    return undefined
  }
  const target = dereference(env, { ...pointer, type: pointerTo(value.type, false) }, at)
  if (target.place) store(env, target.place, value.type, value, at)
  return { type: { kind: 'void' }, at }
}

/**
 * Element by element through the frame: right for every address, at the cost of one access per
 * lane.
 */
function loadUnaligned({ env, args, targs, at, name }: ApiCall): Value | undefined {
  const pointer = load(env, args[0]!)
  const of = pointedElement(env, pointer, name)
  const type = of && shaped(env, of, numberArgument(targs, 0) ?? nativeBits / elementBits(of), at)
  if (!type) return undefined
  const memory = frameMemory(env, type, alignOf(type), at)
  copyLanes(env, memory, dereference(env, { ...pointer }, at), type, true)
  return load(env, { type, at, place: memory })
}

function storeUnaligned({ env, args, at, name }: ApiCall): Value | undefined {
  const pointer = load(env, args[0]!)
  const value = load(env, args[1]!)
  const of = pointedElement(env, pointer, name)
  if (!of || value.type.kind !== 'vector' || pointer.type.kind !== 'pointer') return undefined
  if (pointer.type.constant || of !== value.type.of) {
    fail(
      env,
      'C0701',
      at,
      `${name} cannot store ${typeName(value.type)} through ${typeName(pointer.type)}.`,
    )
    return undefined
  }
  const memory = frameMemory(env, value.type, alignOf(value.type), at)
  store(env, memory, value.type, value, at)
  copyLanes(env, memory, dereference(env, pointer, at), value.type, false)
  return { type: { kind: 'void' }, at }
}

function copyLanes(
  env: ApiCall['env'],
  memory: Extract<Place, { kind: 'memory' }>,
  other: Value,
  type: VectorType,
  toFrame: boolean,
): void {
  const place = other.place
  if (place?.kind !== 'memory') return
  const one = irOf(elementType(type.of))
  const bytes = elementBits(type.of) >> 3
  const { b } = env
  for (let i = 0; i < type.lanes; i++) {
    const [from, to] = toFrame ? [place, memory] : [memory, place]
    const lane = b.value('load', one, [from.base], other.at, {
      offset: from.offset + i * bytes,
      scope: from.scope,
    })
    b.effect('store', one, [to.base, lane], other.at, {
      offset: to.offset + i * bytes,
      scope: to.scope,
    })
  }
}

/** An iterator over vectors is a pointer to vectors here: it reads, writes and steps the same. */
function iterator(isConst: boolean, isRestrict: boolean): (call: ApiCall) => Value | undefined {
  return ({ env, args, targs, at, name }) => {
    const pointer = load(env, args[0]!)
    const of = pointedElement(env, pointer, name)
    const type = of && shaped(env, of, numberArgument(targs, 0) ?? nativeBits / elementBits(of), at)
    if (!type || pointer.type.kind !== 'pointer') return undefined
    const scope = pointer.scope ?? (isRestrict ? env.restrict.next++ : 0)
    const to = pointerTo(type, isConst || pointer.type.constant)
    return { ...pointer, at, type: to, ...(scope ? { scope } : {}) }
  }
}

function iteratorRow(name: string, isConst: boolean, isRestrict: boolean): ApiRow {
  return {
    moves: true,
    space: 'aie',
    name,
    shape: `${name}<N>(p)`,
    about: 'Iterator that steps through memory one vector at a time.',
    forms: [{ takes: ['pointer'], lower: iterator(isConst, isRestrict) }],
  }
}

export const memoryRows: readonly ApiRow[] = [
  {
    moves: true,
    space: 'aie',
    name: 'load_v',
    shape: 'load_v<N>(p)',
    about: 'Reads N elements from aligned memory into a vector.',
    forms: [{ takes: ['pointer'], lower: loadVector }],
  },
  {
    moves: true,
    space: 'aie',
    name: 'store_v',
    shape: 'store_v(p, v)',
    about: 'Writes a vector to aligned memory.',
    forms: [{ takes: ['pointer', 'vector'], lower: storeVector }],
  },
  {
    moves: true,
    space: 'aie',
    name: 'load_unaligned_v',
    shape: 'load_unaligned_v<N>(p)',
    about: 'Reads N elements from any element address.',
    forms: [
      { takes: ['pointer'], lower: loadUnaligned },
      { takes: ['pointer', 'number'], lower: loadUnaligned },
    ],
  },
  {
    moves: true,
    space: 'aie',
    name: 'store_unaligned_v',
    shape: 'store_unaligned_v(p, v)',
    about: 'Writes a vector to any element address.',
    forms: [
      { takes: ['pointer', 'vector'], lower: storeUnaligned },
      { takes: ['pointer', 'vector', 'number'], lower: storeUnaligned },
    ],
  },
  iteratorRow('begin_vector', false, false),
  iteratorRow('cbegin_vector', true, false),
  iteratorRow('begin_restrict_vector', false, true),
  iteratorRow('cbegin_restrict_vector', true, true),
]
