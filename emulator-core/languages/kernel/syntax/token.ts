/** Tokens of C++ as the lexer makes them and the preprocessor passes them on. */
import type { Span } from '../../../sim/diagnostics.ts'

export type TokenKind = 'name' | 'number' | 'string' | 'char' | 'punct' | 'pragma' | 'other' | 'end'

export interface Token {
  readonly kind: TokenKind
  /** Spelling; of a pragma the text after the word pragma. */
  readonly text: string
  /** The place the user wrote: of a token made by a macro, the place of the macro call. */
  readonly at: Span
  /** First token of its line. */
  readonly first: boolean
  /** White space stands before it. */
  readonly spaced: boolean
  /** A macro name met inside its own expansion: never expanded again. */
  readonly spent?: boolean
}

export function isPunct(token: Token, text: string): boolean {
  return token.kind === 'punct' && token.text === text
}

export function isName(token: Token, text: string): boolean {
  return token.kind === 'name' && token.text === text
}
