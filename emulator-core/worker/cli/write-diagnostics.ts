/** Writes the pages of the diagnostics into the folder named on the command line. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { diagnosticPages } from '../../languages/diagnostics-pages.ts'
import { diagnoseExample } from '../diagnose-example.ts'

const folder = process.argv[2] ?? 'docs/diagnostics'
const pages = diagnosticPages(diagnoseExample)
mkdirSync(folder, { recursive: true })
for (const name of readdirSync(folder))
  if (name.endsWith('.md') && !pages.has(name)) rmSync(join(folder, name))
for (const [name, text] of pages) writeFileSync(join(folder, name), text)
