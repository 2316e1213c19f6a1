; Writes to a column that the device does not have: the bus of the array answers with an error.
.attach_to_group 0
.partition 1column

START_JOB 0
  WRITE_32 0x18000000, 1   ; column 12
END_JOB
