import { AxeBuilder } from '@axe-core/playwright'
import { expect, test } from '@playwright/test'
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
      const { violations } = await new AxeBuilder({ page })
        .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
        .analyze()
      expect(
        violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`),
      ).toEqual([])
      bench.expectNoTroubles()
    })
  }
}

for (const stage of ['array', 'memory', 'host', 'partitions', 'monitor', 'device']) {
  test(`axe finds nothing on the ${stage} stage`, async ({ page }) => {
    const bench = new Workbench(page)
    await bench.open()
    await bench.perform(`Show ${stage}`)
    const { violations } = await new AxeBuilder({ page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
      .analyze()
    expect(
      violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`),
    ).toEqual([])
    bench.expectNoTroubles()
  })
}
