/** What names stand for, and the scopes that hold them. */
import type { Operand, Reg, IrFunction } from '../../codegen/ir.ts'
import type { Span } from '../../../sim/diagnostics.ts'
import type { AliasNode, FunctionNode, Lambda, VariableNode } from '../syntax/tree.ts'
import type { Wide } from '../wide.ts'
import type { ApiRow } from '../api/row.ts'
import type { CType, IntKind, TemplateValue } from './types.ts'

/** A variable in the tile's memory. */
export interface GlobalInfo {
  readonly name: string
  readonly type: CType
  readonly align: number
  readonly readOnly: boolean
  /** Initial contents; all zero when absent. */
  bytes: Uint8Array | undefined
  readonly sizeBytes: number
}

/** Where an lvalue is. */
export type Place =
  | { readonly kind: 'register'; readonly reg: Reg }
  | {
      readonly kind: 'memory'
      readonly base: Operand
      readonly offset: number
      readonly scope: number
      /**
       * Set when the base is the start of a global, so that constants can be read at compile time.
       */
      readonly global?: GlobalInfo
    }
  | { readonly kind: 'lane'; readonly of: Place; readonly type: CType; readonly index: Operand }

/** A value while an expression is checked; exactly the fields that apply are present. */
export interface Value {
  readonly type: CType
  readonly at: Span
  /** Integer, bool, enumeration or null pointer known at compile time. */
  readonly known?: Wide
  /** Real number known at compile time. */
  readonly real?: number
  readonly operand?: Operand
  /** Bytes to add to a pointer operand. */
  readonly offset?: number
  readonly place?: Place
  /** The lvalue must not be changed. */
  readonly constant?: boolean
  /** Disjointness scope a pointer came with. */
  readonly scope?: number
  readonly callee?: Callee
  readonly items?: readonly Value[]
  readonly text?: readonly number[]
  /** The global that a pointer value points into. */
  readonly global?: GlobalInfo
}

export type Callee =
  | {
      readonly kind: 'functions'
      readonly set: FunctionSet
      readonly args: readonly TemplateValue[]
    }
  | {
      readonly kind: 'api'
      readonly row: ApiRow
      readonly args: readonly TemplateValue[]
      readonly self?: Value
    }
  | { readonly kind: 'method'; readonly fn: FunctionEntity; readonly self: Value | undefined }

export type Storage =
  | { readonly kind: 'register'; readonly reg: Reg }
  | { readonly kind: 'frame'; readonly offset: number }
  | { readonly kind: 'global'; readonly global: GlobalInfo }
  | { readonly kind: 'alias'; readonly value: Value }
  | { readonly kind: 'none' }

export interface VariableEntity {
  readonly kind: 'variable'
  readonly name: string
  readonly type: CType
  readonly constant: boolean
  readonly at: Span
  readonly storage: Storage
  readonly known?: Wide
  readonly real?: number
  readonly scope?: number
  /** Function it belongs to, for captures. */
  readonly owner: object | undefined
}

export interface FunctionEntity {
  node: FunctionNode
  readonly scope: Scope
  readonly name: string
  /** Namespaces around it, `a::b::`. */
  readonly prefix?: string
  readonly specialisations: FunctionNode[]
  readonly instances: Map<string, Instance>
  readonly isMethod: boolean
  /** Function whose variables a lambda may use. */
  readonly owner?: object | undefined
}

/** A function with all template arguments known. */
export interface Instance {
  readonly entity: FunctionEntity
  readonly node: FunctionNode
  readonly scope: Scope
  readonly name: string
  readonly parameters: readonly CType[]
  result: CType
  /** Text for "required from" notes; empty for plain functions. */
  readonly args: string
  readonly requiredFrom: readonly { readonly at: Span; readonly message: string }[]
  /** How many instantiations led here. */
  readonly depth: number
  state: 'declared' | 'lowering' | 'done'
  ir: IrFunction | undefined
}

export interface FunctionSet {
  readonly kind: 'functions'
  readonly name: string
  readonly list: FunctionEntity[]
}

export interface StructInfo {
  readonly name: string
  readonly at: Span
  readonly fields: {
    readonly name: string
    readonly type: CType
    readonly offset: number
    readonly node: VariableNode
  }[]
  readonly scope: Scope
  readonly methods: Map<string, FunctionSet>
  sizeBytes: number
  align: number
}

export interface EnumInfo {
  readonly name: string
  readonly scoped: boolean
  readonly underlying: IntKind
  readonly scope: Scope
  readonly at?: Span
}

export interface ClosureInfo {
  readonly lambda: Lambda
  readonly scope: Scope
  readonly owner: object | undefined
}

export type Entity =
  | VariableEntity
  | FunctionSet
  | { readonly kind: 'type'; readonly type: CType; readonly at?: Span }
  | { readonly kind: 'alias-template'; readonly node: AliasNode; readonly scope: Scope }
  | {
      readonly kind: 'variable-template'
      readonly node: VariableNode
      readonly scope: Scope
      readonly cache: Map<string, Value>
    }
  | { readonly kind: 'type-template'; readonly name: string }
  /** A built-in template of constants. */
  | { readonly kind: 'trait-value'; readonly name: string }
  | { readonly kind: 'namespace'; readonly scope: Scope }
  | { readonly kind: 'field'; readonly name: string; readonly type: CType; readonly offset: number }
  | { readonly kind: 'api'; readonly row: ApiRow }

export class Scope {
  readonly names = new Map<string, Entity>()
  private readonly uses: Scope[] = []
  readonly parent: Scope | undefined
  private readonly fallback: ((name: string) => Entity | undefined) | undefined
  /** Namespaces this scope stands for, `a::b::`; empty for all others. */
  prefix = ''
  /** Template arguments bound here, told apart even when their names agree. */
  key = ''
  /** Template arguments in force, for messages. */
  readonly note: string | undefined

  constructor(parent?: Scope, fallback?: (name: string) => Entity | undefined, note?: string) {
    this.parent = parent
    this.fallback = fallback
    this.note = note
  }

  use(scope: Scope): void {
    if (scope !== this && !this.uses.includes(scope)) this.uses.push(scope)
  }

  own(name: string): Entity | undefined {
    const direct = this.names.get(name) ?? this.fallback?.(name)
    if (direct) return direct
    for (const used of this.uses) {
      const found = used.names.get(name) ?? used.fallback?.(name)
      if (found) return found
    }
    return undefined
  }

  find(name: string): Entity | undefined {
    return this.own(name) ?? this.parent?.find(name)
  }

  /** The scope of the file, or the built-in one for the built-in names. */
  get file(): Scope {
    return this.parent?.parent ? this.parent.file : this
  }
}
