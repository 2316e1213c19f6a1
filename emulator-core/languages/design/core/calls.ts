/** Calls: functions of the module, and kernels of other sources with their parameters checked. */
import type { Operand, ScalarKind } from '../../codegen/ir.ts'
import { elementBits, scalar, voidType } from '../../codegen/ir.ts'
import { codeOf } from '../codes.ts'
import { operandsOf, placeOf, textOf } from '../ops/read.ts'
import type { Op, Operand as Use, Type } from '../syntax/tree.ts'
import { bitsOf, typeText } from '../syntax/tree.ts'
import { scalarKind } from './builder.ts'
import type { Body, CoreContext, KernelSignature } from './context.ts'
import { bindResult, carriedOperand, refuse, scalarOf } from './context.ts'

/** Calls within calls; each function is compiled inside the one that calls it first. */
const deepestCalls = 100

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
  let kernel: KernelSignature | undefined
  if (target.regions.length > 0) {
    if (c.stack.includes(name)) {
      refuse(body, 'Recursion', op.nameAt, `'${name}' calls itself`)
      return
    }
    if (c.stack.length >= deepestCalls) {
      refuse(body, 'TooDeep', op.nameAt, `calls are nested more than ${deepestCalls} deep here`)
      return
    }
    compile(c, target)
  } else kernel = externalKernel(body, target, name)
  const operands = args.map((arg, i) => argument(body, arg, kernel?.parameters[i]))
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
  const given = kernel && isKind(kernel.result) ? kernel.result : kind
  const dst = f.register(given)
  f.push({ op: 'call', type: scalar(given), dst, args: operands, symbol: name, at: op.at })
  bindResult(body, op, {
    kind: 'scalar',
    operand: f.convert({ reg: dst }, given, kind, op.at),
    type: kind,
  })
}

const kernelKinds: ReadonlySet<string> = new Set<ScalarKind>([
  'i1',
  'i8',
  'u8',
  'i16',
  'u16',
  'i32',
  'u32',
  'i64',
  'u64',
  'bf16',
  'f32',
])

function isKind(word: string | undefined): word is ScalarKind {
  return word !== undefined && kernelKinds.has(word)
}

/** An argument as the kernel takes it: designs and kernels may differ in width and sign. */
function argument(
  body: Body,
  use: Use,
  parameter: KernelSignature['parameters'][number] | undefined,
): Operand {
  if (use.value?.type.kind === 'memref' || parameter?.type !== 'scalar')
    return carriedOperand(body, use)
  const { operand, type } = scalarOf(body, use)
  return isKind(parameter.element)
    ? body.f.convert(operand, type, parameter.element, use.at)
    : operand
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

/** The kernel that defines a function without a body, when its source is there and fits. */
function externalKernel(body: Body, target: Op, name: string): KernelSignature | undefined {
  const { c } = body
  const linkWith = textOf(target, 'link_with') ?? textOf(c.core, 'link_with')
  if (!c.calls.has(name))
    c.calls.set(name, { name, ...(linkWith === undefined ? {} : { linkWith }), at: target.nameAt })
  const kernel = c.kernels?.find((k) => k.name === name)
  const source = linkWith?.replace(/\.(o|a|bc)$/, '.cc')
  if (kernel) return checkKernel(body, target, kernel) ? kernel : undefined
  const where = source ? `; '${source}' was expected to define it` : ''
  const message = `no kernel source defines '${name}'${where}`
  if (c.kernels) refuse(body, 'MissingKernel', target.nameAt, message)
  else c.b.report.note(codeOf('MissingKernel'), target.nameAt, message)
  return undefined
}

/** Sort of a parameter for comparing declarations of two languages. */
function sortOf(type: Type): string {
  if (type.kind === 'memref') return 'a pointer'
  return type.kind === 'float' ? 'a float' : 'an integer'
}

/**
 * Does the declaration fit the kernel? Whole numbers of another width are passed on as C passes them, with a warning:
 * what does not fit is cut off.
 */
function checkKernel(body: Body, target: Op, kernel: KernelSignature): boolean {
  const declared = functionType(target)?.inputs ?? []
  const bad = (why: string) => {
    refuse(body, 'KernelSignatureMismatch', target.nameAt, `kernel '${kernel.name}' ${why}`)
    return false
  }
  if (declared.length !== kernel.parameters.length)
    return bad(`has ${kernel.parameters.length} parameters, the design declares ${declared.length}`)
  for (const [i, type] of declared.entries()) {
    const parameter = kernel.parameters[i]!
    const { element } = parameter
    const isFloat = /^(float|f32|bf16|bfloat16|f16|double)$/.test(element)
    const sort = parameter.type === 'pointer' ? 'a pointer' : isFloat ? 'a float' : 'an integer'
    if (sortOf(type) !== sort)
      return bad(`takes ${sort} as parameter ${i + 1}, the design declares ${typeText(type)}`)
    const width = Number(/\d+$/.exec(element)?.[0] ?? 0)
    if (parameter.type === 'pointer' || width === 0 || width === bitsOf(type)) continue
    if (type.kind === 'index') continue
    const differs = `takes ${element} as parameter ${i + 1}, the design declares ${typeText(type)}`
    if (isFloat) return bad(differs)
    body.c.b.report.warning(
      codeOf('KernelSignatureMismatch'),
      target.nameAt,
      `kernel '${kernel.name}' ${differs}; the number is converted`,
    )
  }
  return resultFits(target, kernel, bad)
}

function resultFits(target: Op, kernel: KernelSignature, bad: (why: string) => boolean): boolean {
  const declared = functionType(target)?.results[0]
  const kind = declared && scalarKind(declared)
  if (!declared || !kind) return true
  const given = kernel.result
  const isFloat = (word: string) => !/^[iu]/.test(word)
  const fits =
    isKind(given) && elementBits(given) === elementBits(kind) && isFloat(given) === isFloat(kind)
  return (
    fits ||
    bad(`gives ${given === 'void' ? 'nothing' : given}, the design declares ${typeText(declared)}`)
  )
}
