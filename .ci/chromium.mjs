// Finds a Chromium for the browser tests: a system one, else Playwright's, else apt's.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const candidates = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

function system() {
  return candidates.find((path) => path && existsSync(path))
}

async function playwrights() {
  const { chromium } = await import('@playwright/test')
  const path = chromium.executablePath()
  return existsSync(path) ? path : undefined
}

/** Path of a Chromium, installing one when there is none; undefined when every way failed. */
export async function findChromium() {
  const present = system() ?? (await playwrights())
  if (present) return present
  console.log('No Chromium found; installing one for the browser tests')
  spawnSync('npx', ['playwright', 'install', 'chromium'], { stdio: 'ignore', timeout: 180_000 })
  const installed = await playwrights()
  if (installed) return installed
  spawnSync('sh', ['-c', 'apt-get update && apt-get install -y --no-install-recommends chromium'], {
    stdio: 'ignore',
    timeout: 300_000,
  })
  return system()
}
