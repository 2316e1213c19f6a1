/** Surroundings of a piece of code while it is checked, and the state of one compilation. */
import type { Note, Span } from '../../../sim/diagnostics.ts'
import type { IrType, Operand } from '../../codegen/ir.ts'
import type { Report } from '../../text/source.ts'
import type { Code } from '../codes.ts'
import type { KernelArch } from '../preprocess/arch.ts'
import type { Expr, FunctionNode, Stmt, TypeNode } from '../syntax/tree.ts'
import type { Wide } from '../wide.ts'
import type { Budget, Builder } from './builder.ts'
import type { Callee, GlobalInfo, Instance, Value } from './entities.ts'
import { Scope } from './entities.ts'
import { errorType, type CType } from './types.ts'

/** Rules that live in different files and need each other. */
export interface Checks {
  readonly expression: (env: Env, node: Expr) => Value
  readonly statement: (env: Env, node: Stmt) => void
  readonly type: (env: Env, node: TypeNode) => CType
  readonly constant: (
    env: Env,
    node: Expr,
    type: CType | undefined,
    what: string,
  ) => Wide | undefined
  readonly call: (env: Env, callee: Callee, args: readonly Value[], at: Span) => Value
  readonly inline: (
    env: Env,
    instance: Instance,
    args: readonly Value[],
    at: Span,
    self?: Value,
  ) => Value
  readonly lower: (unit: Unit, instance: Instance) => void
  /** Fills a new variable from constructor arguments. */
  readonly construct: (
    env: Env,
    target: Value,
    args: readonly Value[],
    braces: boolean,
    at: Span,
  ) => void
}

export interface Unit {
  readonly report: Report
  readonly checks: Checks
  readonly budget: Budget
  readonly file: string
  readonly arch: KernelArch
  readonly fileScope: Scope
  readonly builtinScope: Scope
  readonly globals: Map<string, GlobalInfo>
  readonly instances: Instance[]
  /** The vector library was included. */
  readonly hasVectorLibrary: boolean
  /** Globals by the declaration they come from (function-local statics). */
  readonly statics: Map<object, Map<string, GlobalInfo>>
  /** Names already reported as unknown, with the function they stand in. */
  readonly unknown: Set<string>
  /** How many instances have this IR name. */
  readonly symbols: Map<string, number>
  instantiations: number
}

export interface ReturnTarget {
  /** Type to return; `auto` until the first return of a function that deduces it. */
  type: CType
  /** Register of the result of an expanded call. */
  reg: number | undefined
  /** Memory of a returned struct. */
  readonly memory?: { base: Operand; offset: number }
  value?: Value
  /** Block behind an expanded call; absent in a function of its own. */
  readonly exit: number | undefined
  used: boolean
}

export interface Env {
  readonly unit: Unit
  readonly b: Builder
  readonly scope: Scope
  readonly node: FunctionNode | undefined
  readonly ret: ReturnTarget | undefined
  readonly breakTo?: number
  readonly continueTo?: number
  readonly switchCases?: SwitchCases
  readonly self?: Value
  /** Identity of the function whose registers are in use. */
  readonly owner: object | undefined
  /** Calls being expanded, innermost last. */
  readonly expanding: readonly Instance[]
  /** How many instantiations this code is inside of. */
  readonly depth: number
  /** Where templates were asked for, innermost first. */
  readonly chain: readonly Note[]
  /** Scopes handed out so far for restrict pointers of this function. */
  readonly restrict: { next: number }
}

export interface SwitchCases {
  readonly on: IrType
  readonly type: CType
  readonly cases: { readonly value: Wide; readonly block: number; readonly at: Span }[]
  byDefault: number | undefined
}

/** The same surroundings with an inner scope. */
export function inner(env: Env): Env {
  return { ...env, scope: new Scope(env.scope) }
}

/** Reports an error with the chain of instantiations that led here. */
export function fail(
  env: Env,
  code: Code,
  at: Span,
  message: string,
  notes: readonly Note[] = [],
): Value {
  env.unit.report.error(code, at, message, [...notes, ...env.chain])
  return { type: errorType, at }
}

export function warn(env: Env, code: Code, at: Span, message: string): void {
  env.unit.report.warning(code, at, message, env.chain)
}

/** True when one of the values was refused before, so that nothing more should be said about it. */
export function isBroken(...values: readonly Value[]): boolean {
  return values.some((value) => value.type.kind === 'error')
}

export function errorValue(at: Span): Value {
  return { type: errorType, at }
}
