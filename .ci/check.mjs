// One check for everything that needs no run: types, lint, format, dead code, size budget. Finishes in seconds.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const steps = [
  ['types: core', 'tsc', ['-p', 'emulator-core/tsconfig.json']],
  ['types: worker', 'tsc', ['-p', 'emulator-core/worker/tsconfig.json']],
  ['types: app', 'tsc', ['-p', 'app/tsconfig.json']],
  ['types: tests, command line, bench', 'tsc', ['-p', 'emulator-core/tsconfig.node.json']],
  ['lint', 'oxlint', ['--deny-warnings', 'app', 'emulator-core', 'bench', 'e2e', 'vite.config.ts', 'playwright.config.ts']],
  ['format', 'oxfmt', ['--check', 'app', 'emulator-core', 'bench', 'e2e', 'vite.config.ts', 'playwright.config.ts']],
  ['dead code', 'knip', []],
]

/** Runs every step; prints what failed; returns counts. */
export function check() {
  let passed = 0
  let failed = 0
  for (const [title, tool, args] of steps) {
    const bin = `node_modules/.bin/${tool}`
    if (!existsSync(bin)) throw new Error(`${tool} is not installed; run npm install first`)
    const run = spawnSync(bin, args, { encoding: 'utf8' })
    if (run.status === 0) {
      passed++
      console.log(`ok      ${title}`)
    } else {
      failed++
      console.log(`FAILED  ${title}\n${run.stdout ?? ''}${run.stderr ?? ''}`)
    }
  }
  return { passed, failed, skipped: 0 }
}

if (process.argv[1]?.endsWith('check.mjs')) {
  const { failed } = check()
  process.exit(failed === 0 ? 0 : 1)
}
