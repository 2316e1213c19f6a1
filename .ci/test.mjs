// npm test: check, unit, property and golden tests (vitest), browser tests (playwright). Ends with one line of counts.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { install } from './install.mjs'

install()
const { check } = await import('./check.mjs')
const { findChromium } = await import('./chromium.mjs')

const total = { passed: 0, failed: 0, skipped: 0 }
function add(part) {
  total.passed += part.passed
  total.failed += part.failed
  total.skipped += part.skipped
}

function run(tool, args, env = {}) {
  return spawnSync(`node_modules/.bin/${tool}`, args, { stdio: 'inherit', env: { ...process.env, ...env } })
}

function report(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

const folder = mkdtempSync(join(tmpdir(), 'tilescope-test-'))

console.log('\n== check')
add(check())

console.log('\n== unit, property, golden')
const unitFile = join(folder, 'unit.json')
const unit = run('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${unitFile}`])
const units = report(unitFile)
add({
  passed: units?.numPassedTests ?? 0,
  failed: Math.max(units?.numFailedTests ?? 0, unit.status === 0 ? 0 : 1),
  skipped: (units?.numPendingTests ?? 0) + (units?.numTodoTests ?? 0),
})

console.log('\n== browser')
const chromium = await findChromium()
if (!chromium) {
  console.log('No Chromium could be found or installed; the browser tests count as failed.')
  add({ passed: 0, failed: 1, skipped: 0 })
} else {
  const build = run('vite', ['build', '--logLevel', 'warn'])
  const e2eFile = join(folder, 'e2e.json')
  const e2e =
    build.status === 0
      ? run('playwright', ['test', '--reporter=list,json'], {
          CHROMIUM_PATH: chromium,
          PLAYWRIGHT_JSON_OUTPUT_NAME: e2eFile,
        })
      : build
  const stats = report(e2eFile)?.stats
  add({
    passed: (stats?.expected ?? 0) + (stats?.flaky ?? 0),
    failed: Math.max(stats?.unexpected ?? 0, e2e.status === 0 ? 0 : 1),
    skipped: stats?.skipped ?? 0,
  })
}

console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exit(total.failed === 0 ? 0 : 1)
