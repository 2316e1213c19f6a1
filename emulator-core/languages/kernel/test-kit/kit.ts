/**
 * Short verbs for compiler tests: compile a text, expect diagnostics, run a function on typed
 * arrays.
 */
import { expect } from 'vitest'
import { formatDiagnostic, Source } from '../../text/source.ts'
import { compileKernel, type CompiledKernel, type KernelOptions } from '../compile.ts'
import { Machine } from './evaluate.ts'

export type Files = Readonly<Record<string, string>>

export function compileFiles(
  files: Files,
  file: string,
  options: Partial<KernelOptions> = {},
): CompiledKernel {
  const map = new Map(Object.entries(files))
  return compileKernel(file, { defines: {}, include: [], arch: 'aie4', ...options, files: map })
}

export function compileText(text: string, options: Partial<KernelOptions> = {}): CompiledKernel {
  return compileFiles({ 'k.cc': text }, 'k.cc', options)
}

/** Diagnostics as `line:column code`, with the messages when asked. */
export function listDiagnostics(compiled: CompiledKernel, files: Files): string[] {
  const sources = new Map(
    Object.entries(files).map(([name, text]) => [name, new Source(name, text)]),
  )
  return compiled.diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, sources))
}

/** Compiles and gives `line:column severity code` of every diagnostic. */
export function codesOf(text: string, options: Partial<KernelOptions> = {}): string[] {
  const compiled = compileText(text, options)
  return listDiagnostics(compiled, { 'k.cc': text }).map((line) =>
    line.replace(/^k\.cc:(\d+:\d+): (\w+) (C\d+):.*$/, '$1 $2 $3'),
  )
}

/** Expects exactly these diagnostics, in the form of `codesOf`. */
export function expectDiagnostics(text: string, expected: readonly string[]): void {
  expect(codesOf(text)).toEqual(expected)
}

/** A machine with the compiled text; fails the test when there are diagnostics. */
export function machineFor(text: string, options: Partial<KernelOptions> = {}): Machine {
  const compiled = compileText(text, options)
  expect(listDiagnostics(compiled, { 'k.cc': text })).toEqual([])
  return new Machine(compiled.module!)
}

/** Compiles and calls one function of numbers. */
export function evaluate(text: string, name: string, ...args: number[]): number {
  return Number(machineFor(text).call(name, ...args))
}

export type AnyArray = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array

/** Puts an array into memory at an address. */
export function put(machine: Machine, address: number, data: AnyArray): void {
  machine.memory.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), address)
}

/** Reads `like.length` elements back. */
export function get<T extends AnyArray>(machine: Machine, address: number, like: T): T {
  const bytes = machine.memory.slice(address, address + like.byteLength)
  const Make = like.constructor as new (buffer: ArrayBuffer) => T
  return new Make(bytes.buffer as ArrayBuffer)
}
