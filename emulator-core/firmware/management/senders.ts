/** Senders: which kinds of device function may send which message, the column "who" of the catalogue. */
import type { FunctionKind } from '../../device/functions.ts'
import { MailOpcode } from '../../device/abi/mailbox.ts'

/** Messages of the function that makes others, of those with firmware of their own, and of those with contexts. */
const ofPf: ReadonlySet<number> = new Set([
  MailOpcode.createVfs,
  MailOpcode.destroyVfs,
  MailOpcode.configureVf,
])
const withFirmware: ReadonlySet<number> = new Set([
  MailOpcode.attachWorkBuffer,
  MailOpcode.startLog,
  MailOpcode.stopLog,
  MailOpcode.calibrateClock,
])
const withContexts: ReadonlySet<number> = new Set([
  MailOpcode.asyncEventReport,
  MailOpcode.createPartition,
  MailOpcode.destroyPartition,
  MailOpcode.createHwContext,
  MailOpcode.destroyHwContext,
  MailOpcode.configureHwContext,
  MailOpcode.aieTileInfo,
  MailOpcode.aieVersionInfo,
  MailOpcode.aieColumnInfo,
  MailOpcode.aieRwAccess,
  MailOpcode.aieCoredump,
  MailOpcode.getDpmFreqTable,
  MailOpcode.getCurrentDpmLevel,
])

/** Whether a function of a kind may send a message: column "who" of the catalogue. */
export function mayAsk(kind: FunctionKind, opcode: number): boolean {
  if (ofPf.has(opcode)) return kind === 'pf'
  if (withFirmware.has(opcode)) return kind !== 'vf'
  return kind !== 'pf' || !withContexts.has(opcode)
}
