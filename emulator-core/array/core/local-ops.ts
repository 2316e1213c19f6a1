/**
 * Local operands: decoded operations as if their core were the only one, so that cores which run
 * the same code share what is generated for it.
 */
import { Op } from '../../device/abi/core-isa.ts'
import { F, opStride, words } from './decode.ts'

const classesOf: Partial<Record<number, string>> = {
  [Op.ld8]: 'rr',
  [Op.ldu8]: 'rr',
  [Op.ld16]: 'rr',
  [Op.ldu16]: 'rr',
  [Op.ld32]: 'rr',
  [Op.ldv16]: 'xr',
  [Op.ldv32]: 'xr',
  [Op.ldv64]: 'xr',
  [Op.ldc]: 'cr',
  [Op.ldm]: 'mr',
  [Op.vext]: 'rx',
  [Op.vins]: 'xxr',
  [Op.vselm]: 'xmxx',
  [Op.vselmp]: 'xmxx',
  [Op.vcmp]: 'mxx',
  [Op.vcmpp]: 'mmxx',
  [Op.mget]: 'rm',
  [Op.mput]: 'mmr',
  [Op.cmov]: 'cc',
  [Op.czero]: 'c',
  [Op.mmov]: 'mm',
  [Op.mzero]: 'm',
  [Op.mand]: 'mmm',
  [Op.mor]: 'mmm',
  [Op.mxor]: 'mmm',
  [Op.mnot]: 'mm',
  [Op.vmul32]: 'cxx',
  [Op.vmul64]: 'cxx',
  [Op.vmac32]: 'ccxx',
  [Op.vmac64]: 'ccxx',
  [Op.vmsc32]: 'ccxx',
  [Op.vmsc64]: 'ccxx',
  [Op.cadd32]: 'ccc',
  [Op.cadd64]: 'ccc',
  [Op.csub32]: 'ccc',
  [Op.csub64]: 'ccc',
  [Op.srs32]: 'xc',
  [Op.srs64]: 'xc',
  [Op.srsu32]: 'xc',
  [Op.srsp32]: 'xxc',
  [Op.srsp64]: 'xxc',
  [Op.ups32]: 'cx',
  [Op.ups64]: 'cx',
  [Op.cput]: 'ccc',
  [Op.cget]: 'cc',
}

/** Takes the core's first register index off every operand. */
export function localOps(ops: Int32Array, count: number, core: number): Int32Array {
  const bases: Readonly<Record<string, number>> = {
    r: core * words.r,
    x: core * words.x,
    c: core * words.c,
    m: core * words.m,
  }
  for (let i = 0; i < count; i++) {
    const at = i * opStride
    const code = ops[at]!
    if (ops[at + F.vReg]! >= 0) ops[at + F.vReg]! -= bases['r']!
    if (ops[at + F.wReg]! >= 0) ops[at + F.wReg]! -= bases['r']!
    const classes =
      code < Op.ld8
        ? 'rrrr'
        : code >= Op.st8 && code <= Op.stm
          ? storeClasses(code)
          : (classesOf[code] ?? 'xxxx')
    const fields = code >= Op.st8 && code <= Op.stm ? [F.a, F.b] : [F.d, F.a, F.b, F.c]
    fields.forEach((field, k) => {
      if (k < classes.length) ops[at + field]! -= bases[classes[k]!]!
    })
  }
  return ops
}

function storeClasses(code: number): string {
  if (code <= Op.st32) return 'rr'
  return code === Op.stc ? 'cr' : code === Op.stm ? 'mr' : 'xr'
}
