; One long command on one column. At PREEMPT it can give way: its mem tile is saved and brought back.
.partition 1column
START_JOB 0
  LOAD_PDI 1, @image
END_JOB
START_JOB 1
  WRITE_32 0x200000, 17
  SLEEP 600
END_JOB
.eop
START_JOB 2
  PREEMPT 1, @save, @restore
END_JOB
START_JOB 3
  POLL_32 0x200000, 17
  SLEEP 600
END_JOB
image:
START_JOB 0
  NOP
END_JOB
EOF
.endl image
EOF
