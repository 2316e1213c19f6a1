import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import type { Page } from '@playwright/test'
import { Workbench } from './workbench.ts'

const source = `START_JOB 0
  WRITE_32 0x00008040, 0x12345678
END_JOB
EOF
`

/** A control ELF, as the command line makes it. */
function controlElf(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'tilescope-elf-'))
  const [text, elf] = [join(folder, 'one.asm'), join(folder, 'one.elf')]
  writeFileSync(text, source)
  const command = ['emulator-core/worker/cli/main.ts', 'asm', text, '-o', elf]
  spawnSync('node_modules/.bin/tsx', command, { encoding: 'utf8' })
  return readFileSync(elf)
}

/**
 * Opens the page and chooses a file. The dialog is listened for before the page exists: a listener
 * set together with the key may come too late for it.
 */
async function opened(page: Page, name: string, buffer: Buffer): Promise<Workbench> {
  page.on('filechooser', (chooser) => {
    void chooser.setFiles({ name, mimeType: 'application/octet-stream', buffer })
  })
  const bench = new Workbench(page)
  await bench.open()
  await page.keyboard.press('Control+o')
  return bench
}

test('a control ELF from a disk is opened as text and run', async ({ page }) => {
  const bench = await opened(page, 'one.elf', controlElf())
  await expect(page).toHaveTitle(/one\.elf/)
  await bench.editor()
  await expect(page.locator('.view-line').filter({ hasText: 'WRITE_32' }).first()).toBeVisible()
  await bench.ready()
  await bench.press('run.end')
  await expect(page.getByTestId('status')).toContainText(/ended/i)
  bench.expectNoTroubles()
})

test('a file that is no control code is refused with a reason and changes nothing', async ({
  page,
}) => {
  const bench = await opened(page, 'broken.elf', Buffer.from('\u007fELF but not for long'))
  await expect(page.getByText(/broken\.elf could not be opened: E\d{4}/)).toBeVisible()
  await expect(page).toHaveTitle(/double/)
  bench.expectNoTroubles()
})
