/** Files through which the kernel shows a device: their names, where they are, and who may write them. */

export type DeviceFileName =
  | 'vbnv'
  | 'device_type'
  | 'fw_version'
  | 'vendor'
  | 'device'
  | 'revision'
  | 'sriov_numvfs'
  | 'sriov_totalvfs'
  | 'temp1_label'
  | 'temp1_input'
  | 'power1_label'
  | 'power1_input'
  | 'carveout'
  | 'fw_log_level'
  | 'fw_log_dump_to_dmesg'
  | 'kernel_mode_submission'
  | 'ctx_switch_hysteresis_us'

interface DeviceFile {
  readonly system: 'sysfs' | 'hwmon' | 'debugfs'
  readonly name: DeviceFileName
  readonly isWritable: boolean
  readonly source: string
}

const file = (
  system: DeviceFile['system'],
  name: DeviceFileName,
  source: string,
  isWritable = false,
): DeviceFile => ({ system, name, source, isWritable })

/** All of them, in the order in which they are shown. */
export const deviceFiles: readonly DeviceFile[] = [
  file('sysfs', 'vbnv', 'amdxdna_sysfs.c'),
  file('sysfs', 'device_type', 'amdxdna_sysfs.c'),
  file('sysfs', 'fw_version', 'amdxdna_sysfs.c'),
  file('sysfs', 'vendor', 'Linux PCI'),
  file('sysfs', 'device', 'Linux PCI'),
  file('sysfs', 'revision', 'Linux PCI'),
  file('sysfs', 'sriov_numvfs', 'Linux PCI', true),
  file('sysfs', 'sriov_totalvfs', 'Linux PCI'),
  file('hwmon', 'temp1_label', 'amdxdna_sensors.c'),
  file('hwmon', 'temp1_input', 'amdxdna_sensors.c'),
  file('hwmon', 'power1_label', 'amdxdna_sensors.c'),
  file('hwmon', 'power1_input', 'amdxdna_sensors.c'),
  file('debugfs', 'carveout', 'amdxdna_debugfs.c', true),
  file('debugfs', 'fw_log_level', 'amdxdna_debugfs.c', true),
  file('debugfs', 'fw_log_dump_to_dmesg', 'amdxdna_debugfs.c', true),
  file('debugfs', 'kernel_mode_submission', 'aie4_pci.c', true),
  file('debugfs', 'ctx_switch_hysteresis_us', 'aie4_pci.c', true),
]
