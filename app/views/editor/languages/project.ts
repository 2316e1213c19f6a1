/** Colours for project files and host programs: JSON with comments. */
import type { languages } from 'monaco-editor/editor'

export const projectLanguage: languages.IMonarchLanguage = {
  defaultToken: '',
  tokenizer: {
    root: [
      [/\s+/, ''],
      [/\/\/.*$/, 'comment'],
      [/\/\*/, 'comment', '@block'],
      [/"([^"\\]|\\.)*"(?=\s*:)/, 'type'],
      [/"([^"\\]|\\.)*"/, 'string'],
      [/"/, 'string'],
      [/\b(true|false|null)\b/, 'keyword'],
      [/-?\d+(\.\d+)?([eE][-+]?\d+)?/, 'number'],
      [/[{}[\]]/, '@brackets'],
      [/[,:]/, 'delimiter'],
    ],
    block: [
      [/\*\//, 'comment', '@pop'],
      [/./, 'comment'],
    ],
  },
}
