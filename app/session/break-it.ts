/** Break it: one small, wrong lock count in a design, so that a learner sees what a deadlock looks like. */
import type { FileBody } from '../stores/document.ts'

export interface Break {
  readonly file: string
  /** The whole design after the change. */
  readonly text: string
  /** One-based line of the change. */
  readonly line: number
  readonly says: string
}

const lineAt = (text: string, offset: number) => text.slice(0, offset).split('\n').length

/** A lock that starts above zero: with nothing in it, whoever acquires it first waits for ever. */
const freeLock = /^([^\n]*\baie\.lock\b[^\n]*\binit\s*=\s*)([1-9]\d*)/m
/** A release that hands an object on: without it the other side waits for ever. */
const handOn = /^([ \t]*)(aie\.objectfifo\.release\b[^\n]*@([\w$.]+)\s*\(\s*Produce\b[^\n]*)$/m
/** A release that gives an empty object back: without it the producer runs out of objects, sooner or later. */
const handBack = /^([ \t]*)(aie\.objectfifo\.release\b[^\n]*@([\w$.]+)[^\n]*)$/m

/** Changes one lock count of the first design that has one; undefined when there is none. */
export function breakLock(files: Readonly<Record<string, FileBody>>): Break | undefined {
  for (const [file, body] of Object.entries(files)) {
    if (typeof body !== 'string' || !file.endsWith('.mlir')) continue
    const found = changeInit(file, body) ?? dropRelease(file, body)
    if (found) return found
  }
  return undefined
}

function changeInit(file: string, body: string): Break | undefined {
  const match = freeLock.exec(body)
  if (!match) return undefined
  const [whole, before = '', count = ''] = match
  const text = body.slice(0, match.index) + before + '0' + body.slice(match.index + whole.length)
  const line = lineAt(body, match.index)
  return {
    file,
    text,
    line,
    says: `Line ${line} of ${file}: the lock starts at 0 instead of ${count}.`,
  }
}

function dropRelease(file: string, body: string): Break | undefined {
  const match = handOn.exec(body) ?? handBack.exec(body)
  if (!match) return undefined
  const [whole, indent = '', release = '', name = ''] = match
  const text =
    body.slice(0, match.index) + `${indent}// ${release}` + body.slice(match.index + whole.length)
  const line = lineAt(body, match.index)
  return { file, text, line, says: `Line ${line} of ${file}: ${name} is never released.` }
}
