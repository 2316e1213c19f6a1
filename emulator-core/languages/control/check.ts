/** Checks over all uCs that come before paging. */
import type { ControlReport, CountedOperation, Token, UcSource } from './syntax.ts'

const dataOperations = new Set(['.long', '.align', '.eop', 'uc_dma_bd'])

/** Reports operations that do not exist or may not be written, and data operations without sense. */
export function checkOperations(ucs: ReadonlyMap<number, UcSource>, report: ControlReport): void {
  for (const uc of ucs.values()) {
    for (const scope of uc.scopes.values()) {
      for (const token of [...scope.text, ...scope.data]) checkToken(token, report)
    }
  }
}

function checkToken(token: Token, report: ControlReport): void {
  if (token.kind === 'label') return
  if (token.name === 'trace') {
    const message = 'TRACE opcode is reserved for internal use by CERT'
    report.error('trace', token.at, message)
  } else if (!token.spec && !dataOperations.has(token.name)) {
    report.error('unknownOperation', token.at, `Invalid operation:${token.name}`)
  } else if (token.name === '.align' && !(Number.parseInt(token.words[0]?.text ?? '', 10) > 0)) {
    report.error('alignment', token.at, '.align needs a positive number')
  }
}

const comparable: readonly CountedOperation[] = [
  'preempt',
  'load_pdi',
  'load_cores',
  'load_cores_cp',
  'start_cond_job_preempt',
]

/** The rules that uCs of one program must keep together (2026). */
export function checkUcs(ucs: ReadonlyMap<number, UcSource>, report: ControlReport): void {
  const numbers = [...ucs.keys()].sort((a, b) => a - b)
  for (const name of comparable) {
    const reference = ucs.get(0)?.counts.get(name)?.length ?? 0
    for (const number of numbers) {
      const tokens = ucs.get(number)?.counts.get(name) ?? []
      if (tokens.length === reference) continue
      const at = tokens[0]?.at ?? ucs.get(0)?.counts.get(name)?.[0]?.at
      if (!at) continue
      const what = name === 'preempt' ? 'Preempt' : name
      const message = `${what} opcode count mismatch: ${reference} for column 0, but ${tokens.length} for column ${number}`
      report.error('opcodeCount', at, message)
    }
  }
  for (const uc of ucs.values()) {
    if (uc.counts.has('load_pdi')) continue
    const preempt = uc.counts.get('preempt')?.[0]
    if (preempt) {
      const message = 'preempt opcode requires at least one load_pdi in the same control code elf'
      report.error('needsLoadPdi', preempt.at, message)
    }
    const cores = uc.counts.get('load_cores')?.[0] ?? uc.counts.get('load_cores_cp')?.[0]
    if (cores) {
      const message =
        'load_cores / load_cores_cp opcode requires at least one load_pdi in the same control code elf'
      report.error('needsLoadPdi', cores.at, message)
    }
  }
}
