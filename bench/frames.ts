/** 10: frame interval of the page while the machine runs flat out, in a real browser. */
import { existsSync } from 'node:fs'
import { preview } from 'vite'
import { chromium } from '@playwright/test'
import type { Metric } from './harness.ts'
import { percentile } from './harness.ts'

const sampleMs = 4000

/** Collects the times between animation frames; as text, because it runs in the page. */
const collector = (ms: number) => `new Promise((done) => {
  const list = []
  const start = performance.now()
  let last = start
  const tick = (now) => {
    list.push(now - last)
    last = now
    if (now - start < ${ms}) requestAnimationFrame(tick)
    else done(list)
  }
  requestAnimationFrame(tick)
})`

export async function frameMetrics(): Promise<Metric[]> {
  if (!existsSync('dist/index.html')) throw new Error('build first: npm run build')
  const server = await preview({ preview: { port: 4199, host: '127.0.0.1' }, logLevel: 'error' })
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync'],
  })
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    await page.goto('http://127.0.0.1:4199/')
    await page.locator('[data-testid=moment] strong').filter({ hasNotText: '–' }).waitFor()
    await page.keyboard.press('Home')
    await page.locator('[data-action="run.toggle"]').first().click()
    const intervals = await page.evaluate<number[]>(collector(sampleMs))
    return [
      {
        id: 10,
        name: 'frame interval while running, p95',
        value: percentile(intervals, 0.95),
        unit: 'ms',
        how: `${intervals.length} frames, headless Chromium, software raster`,
        correct: true,
      },
    ]
  } finally {
    await browser.close()
    await server.close()
  }
}
