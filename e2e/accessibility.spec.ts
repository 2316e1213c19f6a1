import { test } from '@playwright/test'
import { Workbench } from './workbench.ts'

for (const scheme of ['dark', 'light'] as const) {
  for (const size of [
    { width: 1440, height: 900 },
    { width: 800, height: 1132 },
  ]) {
    test(`axe finds nothing on the main page, ${scheme}, ${size.width} px wide`, async ({
      page,
    }) => {
      await page.emulateMedia({ colorScheme: scheme })
      await page.setViewportSize(size)
      const bench = new Workbench(page)
      await bench.open()
      await bench.expectAccessible()
      bench.expectNoTroubles()
    })
  }
}

for (const stage of ['array', 'memory', 'host', 'partitions', 'monitor', 'device']) {
  test(`axe finds nothing on the ${stage} stage`, async ({ page }) => {
    const bench = new Workbench(page)
    await bench.open()
    await bench.perform(`Show ${stage}`)
    await bench.expectAccessible()
    bench.expectNoTroubles()
  })
}
