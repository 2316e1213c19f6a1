/**
 * Syntax tree of a kernel source. Every node keeps its place; nothing here knows a type or a value.
 */
import type { Span } from '../../../sim/diagnostics.ts'
import type { Wide } from '../wide.ts'

export type BuiltinName =
  | 'void'
  | 'bool'
  | 'char'
  | 'i8'
  | 'u8'
  | 'i16'
  | 'u16'
  | 'i32'
  | 'u32'
  | 'i64'
  | 'u64'
  | 'float'
  | 'double'
  | 'auto'

export type TemplateArgument =
  | { readonly kind: 'type'; readonly type: TypeNode; readonly at: Span }
  | { readonly kind: 'value'; readonly value: Expr; readonly at: Span }

export interface NamePart {
  readonly text: string
  readonly at: Span
  readonly args?: readonly TemplateArgument[]
}

export interface Name {
  readonly at: Span
  /** Written with a leading `::`. */
  readonly global: boolean
  readonly parts: readonly NamePart[]
}

interface TypeBase {
  readonly at: Span
  readonly constant: boolean
}

export type TypeNode =
  | (TypeBase & { readonly kind: 'builtin'; readonly of: BuiltinName })
  | (TypeBase & { readonly kind: 'named'; readonly name: Name })
  | (TypeBase & { readonly kind: 'pointer'; readonly to: TypeNode; readonly restrict: boolean })
  | (TypeBase & { readonly kind: 'reference'; readonly to: TypeNode; readonly rvalue: boolean })
  | (TypeBase & { readonly kind: 'array'; readonly of: TypeNode; readonly length?: Expr })
  | (TypeBase & { readonly kind: 'decltype'; readonly of: Expr })

export type UnaryOp = '-' | '+' | '!' | '~' | '*' | '&' | '++' | '--'

export type BinaryOp =
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '<<'
  | '>>'
  | '&'
  | '|'
  | '^'
  | '<'
  | '>'
  | '<='
  | '>='
  | '=='
  | '!='
  | '&&'
  | '||'

export type Expr =
  | { readonly kind: 'integer'; readonly at: Span; readonly value: Wide; readonly of: BuiltinName }
  | { readonly kind: 'real'; readonly at: Span; readonly value: number; readonly single: boolean }
  | { readonly kind: 'string'; readonly at: Span; readonly codes: readonly number[] }
  | { readonly kind: 'bool'; readonly at: Span; readonly value: boolean }
  | { readonly kind: 'nullptr'; readonly at: Span }
  | { readonly kind: 'this'; readonly at: Span }
  | { readonly kind: 'name'; readonly at: Span; readonly name: Name }
  | { readonly kind: 'unary'; readonly at: Span; readonly op: UnaryOp; readonly of: Expr }
  | { readonly kind: 'postfix'; readonly at: Span; readonly op: '++' | '--'; readonly of: Expr }
  | {
      readonly kind: 'binary'
      readonly at: Span
      readonly op: BinaryOp
      readonly opAt: Span
      readonly left: Expr
      readonly right: Expr
    }
  | {
      readonly kind: 'assign'
      readonly at: Span
      readonly op: BinaryOp | ''
      readonly opAt: Span
      readonly left: Expr
      readonly right: Expr
    }
  | {
      readonly kind: 'ternary'
      readonly at: Span
      readonly test: Expr
      readonly yes: Expr
      readonly no: Expr
    }
  | { readonly kind: 'comma'; readonly at: Span; readonly left: Expr; readonly right: Expr }
  | {
      readonly kind: 'call'
      readonly at: Span
      readonly callee: Expr
      readonly args: readonly Expr[]
    }
  | { readonly kind: 'index'; readonly at: Span; readonly of: Expr; readonly index: Expr }
  | {
      readonly kind: 'member'
      readonly at: Span
      readonly of: Expr
      readonly arrow: boolean
      readonly part: NamePart
    }
  | {
      readonly kind: 'cast'
      readonly at: Span
      readonly style: CastStyle
      readonly type: TypeNode
      readonly of: Expr
    }
  | {
      readonly kind: 'construct'
      readonly at: Span
      readonly type: TypeNode
      readonly args: readonly Expr[]
      readonly braces: boolean
    }
  | { readonly kind: 'list'; readonly at: Span; readonly items: readonly Expr[] }
  | {
      readonly kind: 'sizeof'
      readonly at: Span
      readonly align: boolean
      readonly type?: TypeNode
      readonly of?: Expr
    }
  | { readonly kind: 'lambda'; readonly at: Span; readonly lambda: Lambda }
  | { readonly kind: 'unsupported'; readonly at: Span }

export type CastStyle = 'c' | 'static' | 'reinterpret' | 'const' | 'bit'

export interface Lambda {
  readonly at: Span
  /** What is captured when not named. */
  readonly capture: 'none' | 'copy' | 'reference'
  readonly captures: readonly {
    readonly name: string
    readonly at: Span
    readonly reference: boolean
    readonly init?: Expr
  }[]
  readonly fn: FunctionNode
}

export interface Initialiser {
  readonly style: 'assign' | 'parens' | 'braces'
  readonly items: readonly Expr[]
  readonly at: Span
}

export interface Specifiers {
  readonly isStatic: boolean
  readonly isInline: boolean
  readonly isConstexpr: boolean
  readonly isExtern: boolean
  readonly isMutable: boolean
  readonly noInline: boolean
  readonly alwaysInline: boolean
  readonly align?: Expr
}

export interface VariableNode {
  readonly kind: 'variable'
  readonly at: Span
  readonly name: string
  readonly type: TypeNode
  readonly init?: Initialiser
  readonly specifiers: Specifiers
  readonly template?: readonly TemplateParameter[]
}

export interface ParameterNode {
  readonly at: Span
  readonly name: string
  readonly type: TypeNode
  readonly byDefault?: Expr
}

export type TemplateParameter =
  | {
      readonly kind: 'type'
      readonly name: string
      readonly at: Span
      readonly byDefault?: TypeNode
    }
  | {
      readonly kind: 'value'
      readonly name: string
      readonly at: Span
      readonly type: TypeNode
      readonly byDefault?: Expr
    }

export interface FunctionNode {
  readonly kind: 'function'
  readonly at: Span
  readonly name: string
  readonly parameters: readonly ParameterNode[]
  readonly result: TypeNode
  readonly body?: Stmt
  readonly specifiers: Specifiers
  readonly externC: boolean
  readonly template?: readonly TemplateParameter[]
  /** Arguments of a full specialisation; empty when they are to be deduced. */
  readonly specialises?: readonly TemplateArgument[]
  /** Names whose address is taken somewhere in the body. */
  readonly addressed: ReadonlySet<string>
  /** Names that stand left of a plain assignment somewhere in the body. */
  readonly assigned: ReadonlySet<string>
}

export interface StructNode {
  readonly kind: 'struct'
  readonly at: Span
  readonly name: string
  readonly fields: readonly VariableNode[]
  readonly methods: readonly FunctionNode[]
  readonly aliases: readonly AliasNode[]
}

export interface AliasNode {
  readonly kind: 'alias'
  readonly at: Span
  readonly name: string
  readonly type: TypeNode
  readonly template?: readonly TemplateParameter[]
}

export interface EnumNode {
  readonly kind: 'enum'
  readonly at: Span
  readonly name: string
  readonly scoped: boolean
  readonly underlying?: TypeNode
  readonly items: readonly { readonly name: string; readonly at: Span; readonly value?: Expr }[]
}

export type Declaration =
  | VariableNode
  | FunctionNode
  | StructNode
  | AliasNode
  | EnumNode
  | {
      readonly kind: 'namespace'
      readonly at: Span
      readonly name: string
      readonly items: readonly Declaration[]
    }
  | { readonly kind: 'using-namespace'; readonly at: Span; readonly name: Name }
  | { readonly kind: 'using'; readonly at: Span; readonly name: Name }
  | {
      readonly kind: 'namespace-alias'
      readonly at: Span
      readonly name: string
      readonly of: Name
    }
  | {
      readonly kind: 'static-assert'
      readonly at: Span
      readonly test: Expr
      readonly message?: string
    }

export interface Hint {
  readonly unroll?: number | 'full'
  readonly pipeline?: boolean
  readonly minIterations?: number
}

export type Stmt =
  | {
      readonly kind: 'block'
      readonly at: Span
      readonly items: readonly Stmt[]
      readonly end: Span
    }
  | { readonly kind: 'declare'; readonly at: Span; readonly items: readonly Declaration[] }
  | { readonly kind: 'expression'; readonly at: Span; readonly of: Expr }
  | {
      readonly kind: 'if'
      readonly at: Span
      readonly isConstexpr: boolean
      readonly init?: Stmt
      readonly test: Expr
      readonly yes: Stmt
      readonly no?: Stmt
    }
  | {
      readonly kind: 'for'
      readonly at: Span
      readonly init?: Stmt
      readonly test?: Expr
      readonly step?: Expr
      readonly body: Stmt
      readonly hint: Hint
    }
  | {
      readonly kind: 'range-for'
      readonly at: Span
      readonly variable: VariableNode
      readonly over: Expr
      readonly body: Stmt
      readonly hint: Hint
    }
  | {
      readonly kind: 'while'
      readonly at: Span
      readonly test: Expr
      readonly body: Stmt
      readonly hint: Hint
    }
  | {
      readonly kind: 'do'
      readonly at: Span
      readonly body: Stmt
      readonly test: Expr
      readonly hint: Hint
    }
  | { readonly kind: 'switch'; readonly at: Span; readonly on: Expr; readonly body: Stmt }
  | { readonly kind: 'case'; readonly at: Span; readonly value?: Expr; readonly of: Stmt }
  | { readonly kind: 'break' | 'continue' | 'empty'; readonly at: Span }
  | { readonly kind: 'return'; readonly at: Span; readonly value?: Expr }
