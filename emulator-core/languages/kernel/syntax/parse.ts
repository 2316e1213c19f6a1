/** Parser: tokens to a syntax tree. It recovers and goes on; one mistake yields one message. */
import type { Report } from '../../text/source.ts'
import { Cursor, type Rules } from './cursor.ts'
import { readDeclarations, readItems, readParameters } from './declaration-rules.ts'
import {
  readAssignment,
  readBraces,
  readExpression,
  readInitialiser,
  readTemplateValue,
} from './expression-rules.ts'
import { NameScope } from './names.ts'
import { readBlock } from './statement-rules.ts'
import type { Token } from './token.ts'
import type { Declaration } from './tree.ts'
import { readTypeId } from './type-rules.ts'

const rules: Rules = {
  expression: readExpression,
  assignment: readAssignment,
  templateValue: readTemplateValue,
  braces: readBraces,
  typeId: readTypeId,
  block: readBlock,
  declarations: readDeclarations,
  initialiser: readInitialiser,
  parameters: readParameters,
}

export interface Parsed {
  readonly items: readonly Declaration[]
  /** A mistake hid a declaration, so that checking would report what is not wrong. */
  readonly lossy: boolean
}

/** Parses one translation unit; `builtins` are the names that exist before its first line. */
export function parse(tokens: readonly Token[], builtins: NameScope, report: Report): Parsed {
  const cursor = new Cursor(tokens, new NameScope(builtins), rules, report)
  const items = readItems(cursor, false)
  return { items, lossy: cursor.lossy }
}
