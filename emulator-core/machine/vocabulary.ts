/**
 * Vocabulary: the codes that the parts of a machine speak in records, states and faults, for those who read them
 * through the machine.
 */
export { Cause, type StallView } from '../array/accounts.ts'
export { CoreEvent, CoreFault, CoreState } from '../array/core/events.ts'
export { ChannelState } from '../array/dma/channels.ts'
export { ArrayEvent } from '../array/events.ts'
export { bootStepTitle } from '../driver/boot-log.ts'
export { DriverEvent, waitNames } from '../driver/events.ts'
export { powerStateName } from '../driver/pm.ts'
export { callName } from '../driver/refusals.ts'
export { UcCause, type UcStallView } from '../firmware/cert/accounts.ts'
export { barrierPlace, jobPlace } from '../firmware/cert/breaks.ts'
export { CertEvent, CertFault, explainCertFault } from '../firmware/cert/events.ts'
export type { UcView } from '../firmware/cert/inspect.ts'
export { actorName } from '../firmware/cert/names.ts'
export { tellCert } from '../firmware/cert/tell.ts'
export { ManagementEvent } from '../firmware/management/events.ts'
export { RuntimeEvent } from '../runtime/events.ts'
export { SocEvent } from '../soc/events.ts'
export { ruleOf } from '../soc/iommu.ts'
export { blockTaken } from './blocks.ts'
