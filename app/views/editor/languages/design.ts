/** Colours for designs: MLIR text with the aie and aiex dialects. */
import type { languages } from 'monaco-editor/editor'

export const designLanguage: languages.IMonarchLanguage = {
  defaultToken: '',
  words: [
    'module', 'func', 'private', 'to', 'step', 'iter_args', 'attributes', 'true', 'false', 'dense',
    'Produce', 'Consume', 'Acquire', 'AcquireGreaterEqual', 'Release', 'MM2S', 'S2MM', 'Core',
    'DMA', 'North', 'South', 'East', 'West', 'unit', 'loc', 'affine_map', 'strided', 'offset',
  ],
  tokenizer: {
    root: [
      [/\s+/, ''],
      [/\/\/.*$/, 'comment'],
      [/%[\w$.-]+(:\d+|#\d+)?/, 'variable'],
      [/@[\w$.]+(::@[\w$.]+)*/, 'function'],
      [/\^[\w$.-]+/, 'function'],
      [/#[\w$.]+/, 'type'],
      [/!aie\.\w+/, 'type'],
      [/![\w.]+/, 'type'],
      [/\b(memref|tensor|vector|index|none|bf16|f16|f32|f64|i\d+|si\d+|ui\d+)\b/, 'type'],
      [/<(?=[\d?x]+x)/, { token: 'delimiter', next: '@shape' }],
      [/\b(aiex?|func|memref|arith|scf|cf|affine|vector|math|builtin|linalg|bufferization|xilinx)\.[\w.]+/, 'keyword'],
      [/[a-zA-Z_][\w$]*/, { cases: { '@words': 'keyword', '@default': 'identifier' } }],
      [/-?0x[\da-fA-F]+/, 'number'],
      [/-?\d+(\.\d+)?([eE][-+]?\d+)?/, 'number'],
      [/"([^"\\]|\\.)*"/, 'string'],
      [/[{}()[\]<>]/, '@brackets'],
      [/->|[=:,]/, 'delimiter'],
    ],
    shape: [
      [/>/, { token: 'delimiter', next: '@pop' }],
      [/(i|si|ui|f|bf)\d+/, 'type'],
      [/\d+/, 'number'],
      [/[^>]/, 'delimiter'],
    ],
  },
}
