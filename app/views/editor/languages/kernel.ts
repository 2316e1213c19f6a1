/** Colours for kernels: C++ with the AIE vector API. */
import type { languages } from 'monaco-editor/editor'

export const kernelLanguage: languages.IMonarchLanguage = {
  defaultToken: '',
  keywords: [
    'alignas', 'alignof', 'auto', 'break', 'case', 'const', 'constexpr', 'continue', 'default',
    'do', 'else', 'enum', 'explicit', 'extern', 'false', 'for', 'friend', 'goto', 'if', 'inline',
    'namespace', 'new', 'nullptr', 'operator', 'private', 'public', 'requires', 'return',
    'sizeof', 'static', 'static_assert', 'static_cast', 'reinterpret_cast', 'struct', 'class',
    'switch', 'template', 'this', 'true', 'typedef', 'typename', 'union', 'using', 'volatile',
    'while', '__restrict', '__attribute__', 'concept', 'decltype', 'noexcept', 'mutable',
  ],
  types: [
    'void', 'bool', 'char', 'short', 'int', 'long', 'float', 'double', 'unsigned', 'signed',
    'int4', 'uint4', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64',
    'bfloat16', 'bfp16ebs8', 'float16', 'acc32', 'acc48', 'acc64', 'accfloat', 'size_t',
    'cint16', 'cint32', 'mask', 'vector', 'accum', 'mmul',
  ],
  tokenizer: {
    root: [
      [/^\s*#\s*include/, { token: 'keyword', next: '@include' }],
      [/^\s*#\s*\w+/, 'keyword'],
      { include: '@space' },
      [/u?int\d+_t\b/, 'type'],
      [/v\d+[a-z]+\d+\b/, 'type'],
      [/(aie)(::)([a-zA-Z_]\w*)/, ['type', 'delimiter', { cases: { '$3@types': 'type', '@default': 'function' } }]],
      [/[a-zA-Z_]\w*(?=\s*\()/, { cases: { '@keywords': 'keyword', '@types': 'type', '@default': 'function' } }],
      [/[a-zA-Z_]\w*/, { cases: { '@keywords': 'keyword', '@types': 'type', '@default': 'identifier' } }],
      [/0[xX][\da-fA-F']+[uUlL]*/, 'number'],
      [/0[bB][01']+[uUlL]*/, 'number'],
      [/\d[\d']*(\.\d*)?([eE][-+]?\d+)?[fFuUlL]*/, 'number'],
      [/"([^"\\]|\\.)*"/, 'string'],
      [/'([^'\\]|\\.)'/, 'string'],
      [/[{}()[\]]/, '@brackets'],
      [/[-+*/%=<>!&|^~?:;,.]+/, 'delimiter'],
    ],
    include: [
      [/<[^>]*>/, 'string'],
      [/"[^"]*"/, 'string'],
      [/$/, '', '@pop'],
      [/./, ''],
    ],
    space: [
      [/\s+/, ''],
      [/\/\/.*$/, 'comment'],
      [/\/\*/, 'comment', '@block'],
    ],
    block: [
      [/\*\//, 'comment', '@pop'],
      [/./, 'comment'],
    ],
  },
}
