/** Calls: functions of the module, and kernels of other sources with their parameters checked. */
import { scalar, voidType } from '../../codegen/ir.ts'
import { codeOf } from '../codes.ts'
import { operandsOf, placeOf, textOf } from '../ops/read.ts'
import type { Op, Type } from '../syntax/tree.ts'
import { bitsOf, typeText } from '../syntax/tree.ts'
import { scalarKind } from './builder.ts'
import type { Body, CoreContext, KernelSignature } from './context.ts'
import { bindResult, carriedOperand, refuse } from './context.ts'

export function callFunction(body: Body, op: Op, compile: (c: CoreContext, op: Op) => void): void {
  const { c, f } = body
  const name = textOf(op, 'callee') ?? ''
  const target = c.functionOf(name)
  if (target?.name !== 'func.func') {
    refuse(body, 'UndefinedSymbol', placeOf(op, 'callee'), `there is no function '${name}'`)
    return
  }
  const args = operandsOf(op, 'args')
  if (!signatureFits(body, op, target)) return
  if (target.regions.length > 0) {
    if (c.stack.includes(name)) {
      refuse(body, 'Recursion', op.nameAt, `'${name}' calls itself`)
      return
    }
    compile(c, target)
  } else externalKernel(body, target, name)
  const operands = args.map((arg) => carriedOperand(body, arg))
  const result = op.resultTypes[0]
  const kind = result && scalarKind(result)
  if (result && !kind) {
    refuse(body, 'CoreOpUnsupported', op.nameAt, `a core has no scalar of type ${typeText(result)}`)
    return
  }
  if (!kind) {
    f.push({ op: 'call', type: voidType, args: operands, symbol: name, at: op.at })
    return
  }
  const dst = f.register(kind)
  f.push({ op: 'call', type: scalar(kind), dst, args: operands, symbol: name, at: op.at })
  bindResult(body, op, { kind: 'scalar', operand: { reg: dst }, type: kind })
}

function functionType(target: Op): Extract<Type, { kind: 'function' }> | undefined {
  const attr = target.attrs.get('function_type')
  return attr?.kind === 'type' && attr.type.kind === 'function' ? attr.type : undefined
}

/** Does the call fit the declaration? */
function signatureFits(body: Body, op: Op, target: Op): boolean {
  const declared = functionType(target)
  const given = operandsOf(op, 'args').length
  if (!declared || declared.inputs.length === given) return true
  refuse(
    body,
    'TypeMismatch',
    op.nameAt,
    `'${textOf(op, 'callee')}' takes ${declared.inputs.length} arguments, not ${given}`,
  )
  return false
}

function externalKernel(body: Body, target: Op, name: string): void {
  const { c } = body
  const linkWith = textOf(target, 'link_with') ?? textOf(c.core, 'link_with')
  if (!c.calls.has(name))
    c.calls.set(name, { name, ...(linkWith === undefined ? {} : { linkWith }), at: target.nameAt })
  const kernel = c.kernels?.find((k) => k.name === name)
  const source = linkWith?.replace(/\.(o|a|bc)$/, '.cc')
  if (kernel) return checkKernel(body, target, kernel)
  const where = source ? `; '${source}' was expected to define it` : ''
  const message = `no kernel source defines '${name}'${where}`
  if (c.kernels) refuse(body, 'MissingKernel', target.nameAt, message)
  else c.b.report.note(codeOf('MissingKernel'), target.nameAt, message)
}

/** Sort of a parameter for comparing declarations of two languages. */
function sortOf(type: Type): string {
  if (type.kind === 'memref') return 'a pointer'
  return type.kind === 'float' ? 'a float' : 'an integer'
}

function checkKernel(body: Body, target: Op, kernel: KernelSignature): void {
  const declared = functionType(target)?.inputs ?? []
  const bad = (why: string) =>
    refuse(body, 'KernelSignatureMismatch', target.nameAt, `kernel '${kernel.name}' ${why}`)
  if (declared.length !== kernel.parameters.length) {
    bad(`has ${kernel.parameters.length} parameters, the design declares ${declared.length}`)
    return
  }
  for (const [i, type] of declared.entries()) {
    const parameter = kernel.parameters[i]!
    const isFloat = /^(float|f32|bf16|bfloat16|f16|double)$/.test(parameter.element)
    const sort = parameter.type === 'pointer' ? 'a pointer' : isFloat ? 'a float' : 'an integer'
    if (sortOf(type) !== sort) {
      bad(`takes ${sort} as parameter ${i + 1}, the design declares ${typeText(type)}`)
      return
    }
    const width = Number(/\d+$/.exec(parameter.element)?.[0] ?? 0)
    if (
      parameter.type === 'scalar' &&
      !isFloat &&
      width > 0 &&
      width !== bitsOf(type) &&
      type.kind !== 'index'
    ) {
      bad(`takes ${parameter.element} as parameter ${i + 1}, the design declares ${typeText(type)}`)
      return
    }
  }
}
