/** Forms: what single operations become in generated code. */
import { Op } from '../../device/abi/core-isa.ts'

/** Lane 0 of a word `W` by lane type, narrow ones. */
export const laneOfWord = ['W<<24>>24', 'W&255', 'W<<16>>16', 'W&65535'] as const

/** Where a register lives between runs of generated code. */
export function placeOf(name: string): string {
  const index = Number(name.slice(1))
  return name[0] === 'r' ? `R[rb+${index}]` : name[0] === 'x' ? `X[xb+${index}]` : `C[cb+${index}]`
}

/** Scalar operations: a, b operands; p, q the two choices of a selection. */
export const scalarForms: Partial<Record<number, string>> = {
  [Op.add]: 'a+b|0',
  [Op.sub]: 'a-b|0',
  [Op.rsub]: 'b-a|0',
  [Op.and]: 'a&b',
  [Op.or]: 'a|b',
  [Op.xor]: 'a^b',
  [Op.shl]: 'a<<b',
  [Op.asr]: 'a>>b',
  [Op.lsr]: 'a>>>b|0',
  [Op.min]: '(a<b?a:b)',
  [Op.max]: '(a>b?a:b)',
  [Op.minu]: '(a>>>0<b>>>0?a:b)',
  [Op.maxu]: '(a>>>0>b>>>0?a:b)',
  [Op.eq]: '(a===b?1:0)',
  [Op.ne]: '(a!==b?1:0)',
  [Op.lt]: '(a<b?1:0)',
  [Op.le]: '(a<=b?1:0)',
  [Op.gt]: '(a>b?1:0)',
  [Op.ge]: '(a>=b?1:0)',
  [Op.ltu]: '(a>>>0<b>>>0?1:0)',
  [Op.leu]: '(a>>>0<=b>>>0?1:0)',
  [Op.gtu]: '(a>>>0>b>>>0?1:0)',
  [Op.geu]: '(a>>>0>=b>>>0?1:0)',
  [Op.mul]: 'Math.imul(a,b)',
  [Op.sel]: '(a!==0?p:q)',
  [Op.ext8]: 'a<<24>>24',
  [Op.extu8]: 'a&255',
  [Op.ext16]: 'a<<16>>16',
  [Op.extu16]: 'a&65535',
  [Op.abs]: '(a<0?-a|0:a)',
  [Op.mov]: 'a',
  [Op.movi]: 'b',
}

/** Lane operations: P, Q lanes, B the offset that makes unsigned words comparable. */
export const laneForms: Partial<Record<number, string>> = {
  [Op.vmin]: '((QB)<(PB)?Q:P)',
  [Op.vmax]: '((QB)>(PB)?Q:P)',
  [Op.vlmul]: 'Math.imul(P,Q)',
  [Op.vshlv]: '(P<<(Q&31))',
}

/** Loads and stores of at most a word. */
export const narrowAccess: Partial<Record<number, { view: string; shift: number }>> = {
  [Op.ld8]: { view: 'B', shift: 0 },
  [Op.ldu8]: { view: 'U8', shift: 0 },
  [Op.ld16]: { view: 'H', shift: 1 },
  [Op.ldu16]: { view: 'U16', shift: 1 },
  [Op.ld32]: { view: 'W', shift: 2 },
  [Op.st8]: { view: 'U8', shift: 0 },
  [Op.st16]: { view: 'U16', shift: 1 },
  [Op.st32]: { view: 'W', shift: 2 },
}
