/**
 * The kernel compiler's front end: C++ with the vector library to core IR.
 *
 *     files ── preprocess ──▶ tokens ── parse ──▶ tree ── check ──▶ IrModule
 *                  └──────────────── diagnostics ───────┘
 *
 * Faithful    integer promotions and conversions, wrap-around, templates instantiated on use,
 *             places kept through macros
 * Simplified  see README.md for what is refused with "known, not emulated"
 */
import type { Diagnostic, Span } from '../../sim/diagnostics.ts'
import type { IrFunction, IrGlobal, IrModule, IrType, ScalarKind } from '../codegen/ir.ts'
import { Report } from '../text/source.ts'
import { builtinNames, builtinScope } from './api/builtin-scope.ts'
import { checkCall, instantiate, require } from './check/calls.ts'
import { constantExpression } from './check/constants.ts'
import { declareFile, fileEnv, lowerFunction } from './check/declarations.ts'
import { Scope, type FunctionEntity, type Instance } from './check/entities.ts'
import type { Checks, Env, Unit } from './check/env.ts'
import { checkExpression } from './check/expressions.ts'
import { constructInto } from './check/initialise.ts'
import { expandCall } from './check/inline.ts'
import { resolveType } from './check/resolve.ts'
import { checkStatement } from './check/statements.ts'
import { irTypeOf, type CType } from './check/types.ts'
import type { KernelArch } from './preprocess/arch.ts'
import { preprocess, type Preprocessed } from './preprocess/preprocess.ts'
import { parse } from './syntax/parse.ts'

export interface KernelOptions {
  /** All project files by path relative to the project folder. */
  readonly files: ReadonlyMap<string, string>
  readonly defines: Readonly<Record<string, string>>
  /** Extra folders searched by #include "…". */
  readonly include: readonly string[]
  /** Architecture predefines and vector rules: `aie2` (npu1), `aie2p` (npu4) or `aie4`. */
  readonly arch: KernelArch
}

export interface KernelParameter {
  readonly type: 'pointer' | 'scalar'
  /** What is passed, or what the pointer points to; `u8` for void and structs. */
  readonly element: ScalarKind
  readonly name: string
  readonly restrict: boolean
}

/** An `extern "C"` function that a design can call. */
export interface KernelSignature {
  readonly name: string
  readonly parameters: readonly KernelParameter[]
  readonly result: IrType
  readonly at: Span
}

export interface CompiledKernel {
  /** Absent when there are errors. */
  readonly module?: IrModule
  readonly signatures: readonly KernelSignature[]
  readonly diagnostics: readonly Diagnostic[]
}

const checks: Checks = {
  expression: checkExpression,
  statement: checkStatement,
  type: resolveType,
  constant: constantExpression,
  call: checkCall,
  inline: expandCall,
  lower: lowerFunction,
  construct: constructInto,
}

/** More IR operations than any core can hold: stops run-away expansion. */
const maxOperations = 150_000

/** Compiles one source file of the project. Never throws: what is wrong is in the diagnostics. */
export function compileKernel(file: string, options: KernelOptions): CompiledKernel {
  const report = new Report()
  let noted: Preprocessed | undefined
  let compiled: Omit<CompiledKernel, 'diagnostics'> = { signatures: [] }
  try {
    noted = preprocess(file, options, report)
    compiled = translate(file, options, noted, report)
  } catch (problem) {
    const at = { file, start: 0, end: 0 }
    const tooDeep = problem instanceof RangeError
    if (tooDeep) report.error('C0902', at, 'The source is nested too deeply for the compiler.')
    else
      report.error(
        'C0901',
        at,
        `The compiler failed on this file, which is its own mistake: ${String(problem)}.`,
      )
  }
  const diagnostics = report.diagnostics.map((diagnostic) => withMacro(diagnostic, noted))
  if (!report.hasErrors) return { ...compiled, diagnostics }
  return { signatures: compiled.signatures, diagnostics }
}

/** Adds the macro that a place was expanded from. */
function withMacro(diagnostic: Diagnostic, noted: Preprocessed | undefined): Diagnostic {
  const note = noted?.noteFor(diagnostic.at.file, diagnostic.at.start)
  if (!note || diagnostic.code.startsWith('C01')) return diagnostic
  return { ...diagnostic, notes: [...diagnostic.notes, note] }
}

function translate(
  file: string,
  options: KernelOptions,
  source: Preprocessed,
  report: Report,
): Omit<CompiledKernel, 'diagnostics'> {
  // What is wrong before parsing shifts everything behind it; its echoes would only confuse.
  if (report.hasErrors) return { signatures: [] }
  const parsed = parse(source.tokens, builtinNames(), report)
  if (parsed.lossy) return { signatures: [] }
  const unit = createUnit(file, options, source, report)
  const functions: FunctionEntity[] = []
  const env = fileEnv(unit, unit.fileScope)
  declareFile(env, parsed.items, functions)
  const roots = functions.flatMap((entity) => rootOf(env, file, entity))
  for (const root of roots) require(unit, root)
  for (let i = 0; i < unit.instances.length && unit.budget.left > 0; i++)
    lowerFunction(unit, unit.instances[i]!)
  if (unit.budget.left <= 0) {
    report.error(
      'C0903',
      { file, start: 0, end: 0 },
      'This source unfolds to more code than any core can hold.',
    )
  }
  const entries = roots.filter((root) => root.node.externC && !root.node.specifiers.isStatic)
  const signatures = entries.map(signatureOf)
  if (report.hasErrors) return { signatures }
  const kept = emitted(
    unit,
    roots.filter((root) => isExported(root.node)),
    report,
  )
  return { signatures, module: { functions: kept, globals: usedGlobals(unit, kept) } }
}

function createUnit(
  file: string,
  options: KernelOptions,
  source: Preprocessed,
  report: Report,
): Unit {
  const builtin = builtinScope()
  return {
    report,
    checks,
    file,
    arch: options.arch,
    builtinScope: builtin,
    fileScope: new Scope(builtin),
    budget: { left: maxOperations },
    globals: new Map(),
    instances: [],
    statics: new Map(),
    unknown: new Set(),
    symbols: new Map(),
    instantiations: 0,
    hasVectorLibrary:
      source.included.has('<aie_api/aie.hpp>') || source.included.has('<aie_api/aie_adf.hpp>'),
  }
}

/** Functions other files can call. */
function isExported(node: FunctionEntity['node']): boolean {
  return node.externC
    ? !node.specifiers.isStatic
    : !node.specifiers.isStatic && !node.specifiers.isInline && !node.specifiers.isConstexpr
}

/**
 * What is lowered without being called: exported functions, and everything plain that the user's
 * own file defines.
 */
function rootOf(env: Env, file: string, entity: FunctionEntity): Instance[] {
  const { node } = entity
  if (!node.body || node.template) return []
  if (node.at.file !== file && !isExported(node)) return []
  const instance = instantiate({ ...env, scope: entity.scope }, entity, [], [], node.at)
  if (!instance) return []
  const inPlace = (type: CType): boolean =>
    ['reference', 'struct', 'closure', 'auto'].includes(type.kind)
  // Functions with references or structs are expanded where they are called.
  const expands =
    instance.parameters.some(inPlace) ||
    instance.result.kind === 'reference' ||
    instance.result.kind === 'struct'
  return expands && !node.externC ? [] : [instance]
}

/** Functions reachable from the exported ones; recursion is an error. */
function emitted(unit: Unit, roots: readonly Instance[], report: Report): IrFunction[] {
  const byName = new Map(unit.instances.map((instance) => [instance.name, instance]))
  const done = new Set<Instance>()
  const path: Instance[] = []
  const visit = (instance: Instance): void => {
    if (path.includes(instance)) {
      report.error(
        'C0904',
        instance.node.at,
        `'${instance.node.name}' calls itself; recursion is known C++, not emulated.`,
      )
      return
    }
    if (done.has(instance)) return
    done.add(instance)
    path.push(instance)
    for (const name of calledBy(instance.ir)) {
      const callee = byName.get(name)
      if (callee) visit(callee)
    }
    path.pop()
  }
  for (const root of roots) visit(root)
  return unit.instances.flatMap((instance) =>
    done.has(instance) && instance.ir ? [instance.ir] : [],
  )
}

function calledBy(fn: IrFunction | undefined): Set<string> {
  const names = new Set<string>()
  for (const block of fn?.blocks ?? []) {
    for (const op of block.ops) if (op.op === 'call' && op.symbol) names.add(op.symbol)
  }
  return names
}

function usedGlobals(unit: Unit, functions: readonly IrFunction[]): IrGlobal[] {
  const used = new Set<string>()
  for (const fn of functions) {
    for (const block of fn.blocks)
      for (const op of block.ops) if (op.op === 'symbol' && op.symbol) used.add(op.symbol)
  }
  return [...unit.globals.values()]
    .filter((global) => used.has(global.name))
    .map((global) => ({
      name: global.name,
      sizeBytes: global.sizeBytes,
      align: global.align,
      readOnly: global.readOnly,
      ...(global.bytes ? { bytes: global.bytes } : {}),
    }))
}

function signatureOf(instance: Instance): KernelSignature {
  const parameters = instance.node.parameters.map((node, i): KernelParameter => {
    const type = instance.parameters[i]!
    const pointed = type.kind === 'pointer' || type.kind === 'reference' ? type.to : undefined
    const restrict = type.kind === 'pointer' && type.restrict === true
    return {
      type: pointed ? 'pointer' : 'scalar',
      element: elementKind(pointed ?? type),
      name: node.name,
      restrict,
    }
  })
  return {
    name: instance.name,
    parameters,
    result: irTypeOf(instance.result) ?? { kind: 'void' },
    at: instance.node.at,
  }
}

function elementKind(type: CType): ScalarKind {
  const ir = type.kind === 'array' ? irTypeOf(type.of) : irTypeOf(type)
  if (ir?.kind === 'scalar') return ir.of
  if (ir?.kind === 'vector' && ir.of !== 'i4' && ir.of !== 'u4') return ir.of
  return 'u8'
}
