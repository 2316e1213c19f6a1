/**
 * Lab: puts what a boot is about to find as an experiment wants it: files, identity, controllers, firmware.
 *
 *     runtime ── boot with faults ──▶ ┌─────┐ ──▶ host's disk, PCI identity, SMU, PSP, management firmware
 *                                     └─────┘
 */
import type { BootFaults, Misbehaviour } from '../artifacts/host-program.ts'
import type { Driver } from '../driver/driver.ts'
import type { ManagementServer } from '../firmware/management/server.ts'
import type { Lab } from '../runtime/power-steps.ts'
import { Manner } from '../soc/smu.ts'
import type { Soc } from '../soc/soc.ts'

function mannerOf(word: Misbehaviour | undefined): number {
  return word === undefined ? Manner.works : Manner[word]
}

/** Everything that an experiment can change, of one machine. */
export function createLab(soc: Soc, management: ManagementServer, driver: Driver): Lab {
  return {
    prepare(faults: BootFaults): void {
      const { npuBytes, certBytes, protocol, hostQueue, device, revision } = faults
      driver.disk.change({
        ...(npuBytes === undefined ? {} : { npuBytes }),
        ...(certBytes === undefined ? {} : { certBytes }),
        ...(protocol ? { protocol } : {}),
        ...(hostQueue ? { hostQueue } : {}),
      })
      soc.pci.becomeItself(0)
      soc.pci.become(0, device ?? soc.pci.device(0), revision ?? soc.pci.revision(0))
      soc.smu.behave(mannerOf(faults.smu))
      soc.psp.behave(mannerOf(faults.psp))
      management.misbehave(faults.neverValid === true, faults.mailboxSilent === true)
    },
  }
}
