/** Writes the fidelity page to the file named on the command line. */
import { writeFileSync } from 'node:fs'
import { fidelityPage } from './fidelity.ts'

writeFileSync(process.argv[2] ?? 'docs/fidelity.md', fidelityPage())
